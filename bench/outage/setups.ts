import { address, folder, haproxy, instance, port, unicast, type Setup } from './setup.ts';

function script(name: string, command: string, lines: readonly string[]): string {
  return [`vrrp_script ${name} {`, `    script "${command}"`, ...lines.map((line) => `    ${line}`), '}', ''].join(
    '\n',
  );
}

function track(name: string): string {
  return `    track_script {\n        ${name}\n    }`;
}

function state(index: number): string {
  return `    state ${index === 0 ? 'MASTER' : 'BACKUP'}`;
}

const globals = 'global_defs {\n    script_user root\n}\n';

/** Adverts each 2 s, equal priorities, the check looks whether something listens; servers are checked each 10 s by TCP. */
const tutorial: Setup = {
  name: 'tutorial',
  summary: 'the tutorial (made to start: unique server names)',
  files: (node, nodes) => ({
    'keepalived.conf': [
      globals,
      script('listens', `/bin/sh -c 'ss -nlt | grep -q ${port}'`, ['interval 2', 'weight 11']),
      instance([
        state(node.index),
        '    priority 150',
        '    advert_int 2',
        unicast(node, nodes),
        address(),
        track('listens'),
      ]),
    ].join('\n'),
    'haproxy.cfg': haproxy(nodes, {
      defaults: ['timeout connect 5s', 'timeout client 50s', 'timeout server 50s'],
      backend: ['option tcp-check', 'balance roundrobin'],
      server: 'check inter 10s downinter 5s rise 2 fall 2 slowstart 60s maxconn 250',
    }),
  }),
};

/** kubeadm's documentation (ha-considerations): adverts each 1 s, /healthz through the proxy each 3 s, 10 failures, weight −2. */
const kubeadm: Setup = {
  name: 'kubeadm docs',
  summary: "kubeadm's documentation",
  files: (node, nodes) => ({
    'keepalived.conf': [
      globals,
      script('check_apiserver', `${folder}/check`, ['interval 3', 'weight -2', 'fall 10', 'rise 2']),
      instance([
        state(node.index),
        `    priority ${node.index === 0 ? 101 : 100}`,
        unicast(node, nodes),
        address(),
        track('check_apiserver'),
      ]),
    ].join('\n'),
    check: `#!/bin/sh\ncurl -sfk --max-time 2 https://localhost:${port}/healthz -o /dev/null\n`,
    'haproxy.cfg': haproxy(nodes, {
      defaults: [
        'retries 1',
        'timeout queue 20s',
        'timeout connect 5s',
        'timeout client 35s',
        'timeout server 35s',
        'timeout check 10s',
      ],
      backend: [
        'option httpchk',
        'http-check connect ssl',
        'http-check send meth GET uri /healthz',
        'http-check expect status 200',
        'balance roundrobin',
      ],
      server: 'check verify none',
    }),
  }),
};

/** OpenShift on-premises: adverts each 1 s, the local HAProxy is asked each 2 s, 3 failures; /readyz each 5 s, 3 failures. */
const openshift: Setup = {
  name: 'OpenShift',
  summary: "OpenShift's on-premises timers",
  files: (node, nodes) => ({
    'keepalived.conf': [
      globals,
      script('chk_ocp', `${folder}/check`, ['interval 2', 'weight 50', 'rise 3', 'fall 3']),
      instance([
        '    state BACKUP',
        `    priority ${40 - node.index}`,
        '    advert_int 1',
        unicast(node, nodes),
        address(),
        track('chk_ocp'),
      ]),
    ].join('\n'),
    check: `#!/bin/sh\ntimeout 1.9 curl -o /dev/null -ksf https://localhost:${port}/readyz\n`,
    'haproxy.cfg': haproxy(nodes, {
      defaults: ['timeout connect 10s', 'timeout client 24h', 'timeout server 24h', 'timeout check 10s'],
      backend: ['option httpchk GET /readyz HTTP/1.0', 'balance roundrobin'],
      server: 'verify none check check-ssl inter 5s fall 3 rise 2',
    }),
  }),
};

/** KubeMarine: adverts each 1 s, a check each 2 s whether the port listens, 2 failures; servers each 2 s by TCP, 2 failures. */
const kubemarine: Setup = {
  name: 'KubeMarine',
  summary: "KubeMarine's timers",
  files: (node, nodes) => ({
    'keepalived.conf': [
      globals,
      script('check_haproxy', `${folder}/check`, ['interval 2', 'fall 2', 'rise 2']),
      instance([
        '    state BACKUP',
        `    priority ${255 - node.index - 1}`,
        '    advert_int 1',
        unicast(node, nodes),
        address(),
        track('check_haproxy'),
      ]),
    ].join('\n'),
    check: `#!/bin/sh\nss -nlt | grep -q ':${port} '\n`,
    'haproxy.cfg': haproxy(nodes, {
      defaults: ['timeout connect 10s', 'timeout client 1m', 'timeout server 1m', 'timeout check 10s'],
      backend: ['option tcp-check', 'balance leastconn'],
      server: 'check inter 2s fall 2 rise 2',
    }),
  }),
};

/** k0s' control-plane load balancing: adverts each 1 s, the VIP follows nothing; /healthz each 1 s. */
const k0s: Setup = {
  name: 'k0s',
  summary: "k0s' control-plane load balancing (its timers; HAProxy in place of its own proxy)",
  files: (node, nodes) => ({
    'keepalived.conf': [
      globals,
      instance([
        '    state BACKUP',
        `    priority ${200 - node.index}`,
        '    advert_int 1',
        unicast(node, nodes),
        address(),
      ]),
    ].join('\n'),
    'haproxy.cfg': haproxy(nodes, {
      defaults: ['timeout connect 5s', 'timeout client 10m', 'timeout server 10m'],
      backend: ['option httpchk GET /healthz', 'balance roundrobin'],
      server: 'check check-ssl verify none inter 1s fall 2 rise 1',
    }),
  }),
};

/** What people use today. */
export const setups: readonly Setup[] = [tutorial, kubeadm, openshift, kubemarine, k0s];
