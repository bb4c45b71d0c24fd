import { paths } from '../../src/node/paths.ts';
import { caPem, longPem } from './certificates.ts';

/** Sections of an observation as a real node prints them, by name; the values are where a node could say something else. */
export const saidByNode: Readonly<Record<string, string>> = {
  clock: '1700000000000',
  os: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian',
  systemd: '',
  'package-manager': 'apt',
  haproxy: 'HAProxy version 2.6.12-1+deb12u1 2023/12/16 - https://haproxy.org/',
  keepalived: 'Keepalived v2.2.7 (01/16,2022)',
  curl: '',
  socat: 'socat by Gerhard Rieger',
  podman: 'podman version 4.3.1',
  crun: 'crun version 1.8.1',
  'image:haproxy': 'a'.repeat(64),
  'image:keepalived': 'b'.repeat(64),
  addresses: JSON.stringify([
    { ifname: 'lo', address: '00:00:00:00:00:00', addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
    { ifname: 'eth0', address: '02:00:00:00:00:01', addr_info: [{ local: '172.16.217.171', prefixlen: 16 }] },
    {},
  ]),
  nofile: '524288',
  ca: `${'c'.repeat(64)}  /etc/kubernetes/pki/ca.crt`,
  writable: '',
  free: '1000000',
  [`file:${paths.haproxyConfig}`]: '600 root:root\nglobal\n.',
  [`file:${paths.keepalivedConfig}`]: '600 root:root\n# prod/cp1: rendered by k8s-ha\n.',
  'service:haproxy':
    'ActiveState=active\nUnitFileState=enabled\nMainPID=7\nK8S_HA_REVISION=0123456789ab\nK8S_HA_AGE=312\n',
  'service:keepalived':
    'ActiveState=active\nUnitFileState=enabled\nMainPID=8\nK8S_HA_REVISION=0123456789ab\nK8S_HA_AGE=3\n',
  hears: 'yes',
  inotify: '128 64',
  'service:addons': 'ActiveState=inactive\nUnitFileState=\nMainPID=0\n',
  'haproxy-config': '0123456789ab',
  livez: '200',
  'keepalived-config': `${'d'.repeat(64)}  /etc/k8s-ha/keepalived.conf`,
  instances: JSON.stringify([
    {
      data: {
        iname: 'K8S_API_1',
        state: 2,
        effective_priority: 254,
        vrid: 51,
        adver_int: 0.1,
        vips: ['172.16.100.100 dev eth0 scope global set'],
      },
    },
  ]),
  guard: 'packets 3 bytes 120 drop comment "k8s-ha 0123456789ab"',
  links:
    '/sys/class/net/eth0/address:02:00:00:00:00:01\n/sys/class/net/eth0/addr_assign_type:0\n/sys/class/net/bond0/bonding/mode:active-backup 1\n',
  servers:
    '# pxname,svname,scur,status,check_status,check_code,last_chk,slim,\nk8s_api,FRONTEND,12,OPEN,,,,9285,\nk8s_api_ready,cp1,3,UP,L7OK,200,HTTP status,\n',
  'lever:drain': '1 operator anna: new disk',
  lock: JSON.stringify({
    token: 't',
    owner: 'anna',
    machine: 'desk',
    process: { machineId: 'm', bootId: 'b', pidNamespace: 'p', pid: 7, startTicks: 9 },
    action: { verb: 'drain', node: 'cp2' },
    blocks: ['add-ons'],
    since: 1_700_000_000,
  }),
  listeners: 'LISTEN 0 4096 *:7443 *:* users:(("haproxy",pid=9,fd=6))',
  neighbours: JSON.stringify([{ dst: '172.16.100.100', lladdr: '02:00:00:00:00:01', state: ['REACHABLE'] }]),
  reach: '172.16.217.172:7444 none\n172.16.217.173:7444 refused',
  firewall: 'firewalld',
  routes: '172.16.217.172 via 172.16.217.1 dev eth0 src 172.16.217.171 uid 0 \\    cache ',
  confinement: 'selinux 1\ntype haproxy_t\nfolder system_u:object_r:etc_t:s0\nprofile /usr/sbin/haproxy',
  dns: '172.16.100.100  STREAM api.example.com\n172.16.100.100  DGRAM\n',
  'health-cert': `600 root:root\nkey\n${longPem}`,
  'client-ca': caPem,
  signer: '/etc/kubernetes/pki/ca.key does not exist',
  'health-answer': '401\n',
  'k8s-clock': '1700000000000',
  'k8s-uptime': '10000.25 19000.00',
  'k8s-api': `{"gitVersion":"v1.36.3"}\n@@200\n[+]ping ok\n[-]etcd failed\n@@500\n${JSON.stringify({
    items: [
      {
        metadata: { name: 'kube-scheduler' },
        spec: { holderIdentity: 'cp3_x', renewTime: '2035-12-21T23:59:58Z', leaseDurationSeconds: 15 },
      },
    ],
  })}\n@@200\nSubject:CN = x\n@@200\n`,
  'k8s-etcd':
    '{"header":{"member_id":"7"},"version":"3.6.1","leader":"7"}\n@@200\n{"members":[{"ID":"7","name":"cp1","peerURLs":["https://a:2380"]}]}\n@@200\n{"alarms":[{"memberID":"7","alarm":"NOSPACE"}]}\n@@200\n',
  'k8s-certificates': '@@/etc/kubernetes/pki/apiserver.crt\nnot a certificate',
  'k8s-addons': JSON.stringify({
    up: 9990,
    ok: false,
    message: 'no such kind',
    objects: 2,
    corrections: 1,
    correctedUp: 9000,
    corrected: 'x',
    appliedUp: 9990,
  }),
};

/** What `sectionsCommand` would print for these. */
export function sectionsOutput(sections: Iterable<readonly [name: string, text: string, rc?: number]>): string {
  return Buffer.from(
    [...sections].map(([name, text, rc = 0]) => `${name} ${rc} ${Buffer.byteLength(text)}\n${text}\n`).join(''),
  ).toString('base64');
}

/** What `look` prints of somebody else's keepalived and HAProxy (migrate/look.ts). */
export const saidOfForeign: Readonly<Record<string, string>> = {
  'process:haproxy:70': 'ancestors= 1\ncgroup=/system.slice/haproxy.service',
  'process:keepalived:80': 'ancestors= 1\ncgroup=/system.slice/edge-keepalived.service',
  'config:haproxy:70': 'frontend api\n  bind *:7443\n  default_backend x\nbackend x\n  server a 10.0.0.1:6443 check\n',
  'config:keepalived:80':
    'vrrp_instance A {\n  interface eth0\n  virtual_router_id 7\n  virtual_ipaddress {\n    10.0.0.9/24\n  }\n}\n',
  'unit:haproxy.service': 'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n',
  'unit:edge-keepalived.service': 'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n',
  'containers:docker': JSON.stringify([
    {
      Id: 'e'.repeat(64),
      Name: '/edge-proxy',
      Path: 'haproxy',
      Args: ['-f', 'x'],
      State: { Running: true, Status: 'running', Pid: 90 },
      Config: { Image: 'haproxy:2.8', Labels: { PODMAN_SYSTEMD_UNIT: 'edge.service' } },
      HostConfig: { NetworkMode: 'host', RestartPolicy: { Name: 'always' } },
    },
  ]),
  'container-units': 'edge.service 90 90 /usr/bin/docker run edge-proxy',
  'podman-restart': '# not edge-proxy\n',
  'manifest:/etc/kubernetes/manifests/haproxy.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: { name: haproxy }\nspec: { hostNetwork: true, containers: [{ name: haproxy, image: "haproxy:2.8" }] }\n',
  former: JSON.stringify([{ runner: 'docker', programs: ['haproxy'], id: 'edge', active: true, restart: 'always' }]),
  listening: 'LISTEN 0 4096 *:7443 *:* users:(("haproxy",pid=70,fd=6)) uid:0 ino:1\n',
};
