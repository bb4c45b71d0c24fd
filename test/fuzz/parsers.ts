import { parseSetup } from '../../src/adopt/live.ts';
import { parseChanges } from '../../src/drill/measure/recorder.ts';
import { parseSoak } from '../../src/drill/measure/soak.ts';
import { parseObject, parseProbeConfig } from '../../src/drill/prober/config.ts';
import { parseProbeMessage } from '../../src/drill/prober/message.ts';
import { parseForeign } from '../../src/migrate/look.ts';
import { parseLever } from '../../src/node/lever.ts';
import { parseLock } from '../../src/node/lock.ts';
import { createDecoder } from '../../src/observe/live/decode.ts';
import { parseLogEntry } from '../../src/observe/live/journal.ts';
import { csvRows } from '../../src/observe/once/csv.ts';
import { parseDiscovered } from '../../src/observe/once/discover.ts';
import { parseHistory } from '../../src/observe/once/history.ts';
import { answersOf, parseKubernetes } from '../../src/observe/once/kubernetes/answers.ts';
import { parsePackages } from '../../src/observe/once/packages.ts';
import { parseInstances } from '../../src/observe/once/instances.ts';
import { parseNode } from '../../src/observe/once/parse.ts';
import { readAdminConf } from '../../src/render/kubeconfig.ts';
import { readJoinCommand } from '../../src/render/kubeadm-join.ts';
import { renderedTimers } from '../../src/render/rendered-timers.ts';
import { fakeTimers } from '../fakes/spec.ts';
import { saidByNode, saidOfForeign, sectionsOutput } from '../fakes/said.ts';

/** One reader of what others send. */
export interface Parser {
  readonly name: string;
  /** Texts as they are sent, to begin from. */
  readonly corpus: readonly string[];
  readonly read: (text: string) => unknown;
  /** Fields that hold a text as it was sent: whoever shows it goes through `harmless`. */
  readonly raw?: readonly string[];
}

/** A text stands for sections: `NAME=TEXT` each, between lines of `%%`. */
const between = '\n%%\n';

function asText(sections: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(sections).map(([name, text]) => `${name}=${text}`);
  return [entries.join(between), ...entries];
}

/** With what is missing in the text from a node that answers well. */
function asSections(text: string): string {
  return sectionsOutput(
    text.split(between).map((one, i) => {
      const at = one.indexOf('=');
      const name = one.slice(0, Math.max(0, at)).replaceAll('\n', ' ') || `s${i}`;
      return [name, one.slice(at + 1), i % 7 === 6 ? 1 : 0] as const;
    }),
  );
}

const kubernetes = Object.fromEntries(Object.entries(saidByNode).filter(([name]) => name.startsWith('k8s-')));

const journal = [
  { SYSLOG_IDENTIFIER: 'Keepalived_vrrp', MESSAGE: '(K8S_API_1) Entering MASTER STATE' },
  {
    SYSLOG_IDENTIFIER: 'haproxy',
    MESSAGE: '[WARNING]  (9) : Server k8s_api_ready/cp1 is DOWN, reason: Layer4 timeout',
  },
  {
    UNIT: 'k8s-ha-haproxy.service',
    MESSAGE: 'k8s-ha-haproxy.service: Main process exited, code=killed, status=9/KILL',
  },
  { SYSLOG_IDENTIFIER: 'k8s-ha', MESSAGE: [65, 66, 27, 91] },
].map((fields) =>
  JSON.stringify({ __CURSOR: 's=1;i=2;b=3', __REALTIME_TIMESTAMP: '1700000000000000', PRIORITY: '6', ...fields }),
);

const stats =
  'H:# pxname,svname,scur,status,rate,stot,check_duration,check_status,check_code,last_chk,\nH:k8s_api_ready,cp1,3,UP,1,9,12,L7OK,200,fine,\nH:k8s_api_ready,cp2,0,DOWN 1/2,0,0,,* L4CON,,,\nH:\n';

const watch = `T 1 S S\nD 1 operator anna: disk\nL ${saidByNode['lock']}\n2: eth0    inet 172.16.100.100/32 scope global eth0\\ valid\nE 1 0\n${stats}C 1700000000000000000\nK ${saidByNode['instances']}\nJ:${journal[0]}\n`;

const about = JSON.stringify({ owner: 'anna', machine: 'desk', action: 'apply', changed: ['/etc/k8s-ha/haproxy.cfg'] });
const stamp = '/var/lib/k8s-ha/history/20261124T231503Z';

const pem = btoa('-----BEGIN CERTIFICATE-----\nAAAA\n');
const adminConf = `apiVersion: v1\nkind: Config\nclusters:\n- {name: k, cluster: {certificate-authority-data: ${pem}, server: x}}\nusers:\n- {name: u, user: {client-certificate-data: ${pem}, client-key-data: ${pem}}}\ncontexts:\n- {name: c, context: {cluster: k, user: u}}\ncurrent-context: c\n`;

const probe = [
  { ready: true, monotonicOrigin: 1 },
  { samples: [{ kind: 'new', index: 1, sentMs: 1, doneMs: 2, outcome: 'ok', status: 200, latenessMs: 0 }] },
  { watch: [{ atMs: 1, what: 'lost', outcome: 'reset' }] },
  { audit: { acknowledged: 3, lost: ['a'], failure: 'x' } },
  { summary: { sent: 1, worstLatenessMs: 1, elapsedMs: 1, cpuMs: 1 } },
  { error: 'no' },
].map((one) => JSON.stringify(one));

export const parsers: readonly Parser[] = [
  {
    name: 'observation',
    corpus: asText(saidByNode),
    read: (text) => parseNode(asSections(text), 1000, 1010),
    // A file is compared as it is; a lock is replaced by its exact text.
    raw: ['content', 'text'],
  },
  {
    name: 'observation, as bytes',
    corpus: [sectionsOutput(Object.entries(saidByNode)), 'clock 0 3\n123\nos 0 99\nx'],
    read: (text) => parseNode(text.includes('\n') ? Buffer.from(text, 'latin1').toString('base64') : text, 1000, 1010),
    raw: ['content', 'text'],
  },
  {
    name: 'Kubernetes and etcd',
    corpus: asText(kubernetes),
    read: (text) => {
      const said = new Map(
        text.split(between).map((one) => [one.split('=', 1)[0] ?? '', one.slice(one.indexOf('=') + 1)]),
      );
      return parseKubernetes((name) => ({ rc: 0, text: said.get(name) ?? '' }), 1_700_000_000_000);
    },
  },
  { name: 'HTTP answers', corpus: [kubernetes['k8s-api'] ?? ''], read: answersOf, raw: ['body'] },
  {
    name: 'live watch',
    corpus: [watch, stats],
    read: (text) => {
      const decoder = createDecoder('cp1');
      decoder.asked(1, 5);
      decoder.askedClock(5);
      return text.split('\n').flatMap((line, i) => decoder.line(line, 10 + i) ?? []);
    },
    raw: ['text'],
  },
  { name: 'journal lines', corpus: journal, read: parseLogEntry },
  {
    name: 'HAProxy statistics',
    corpus: [saidByNode['servers'] ?? ''],
    read: (text) =>
      csvRows(text.split('\n'))?.map((cell) => ['pxname', 'svname', 'scur', 'status'].map((name) => cell(name))),
  },
  {
    name: 'keepalived dump',
    corpus: [saidByNode['instances'] ?? '', `{"vrrp":${saidByNode['instances']}}`],
    read: parseInstances,
  },
  {
    name: 'lock',
    corpus: [saidByNode['lock'] ?? '', '{"action":"rollback to before 20261124T231503Z"}', '{"action":"drain cp1"}'],
    read: (text) => parseLock(text, 1_700_000_000),
    raw: ['text'],
  },
  {
    name: 'lever',
    corpus: ['1 rollout 0123abcd anna', '1 operator anna: new disk', '1', '0', '1 apply anna'],
    read: parseLever,
  },
  {
    name: 'history',
    corpus: asText({
      [`about:${stamp}/about`]: about,
      [`file:${stamp}/etc/k8s-ha/haproxy.cfg`]: '600 root:root\nglobal\n.',
    }),
    read: (text) => parseHistory(asSections(text)),
    raw: ['content'],
  },
  {
    name: 'packages',
    corpus: asText({
      update: '',
      'installed:haproxy': '2.6.12-1+deb12u1',
      'target:haproxy': '2.6.12-1+deb12u2',
      'available:haproxy': ' 2.6.12-1+deb12u2 \n 2.6.12-1+deb12u1 ',
      'newer:haproxy': '',
    }),
    read: (text) => parsePackages(asSections(text), ['haproxy', 'keepalived']),
  },
  {
    name: 'what a node is',
    corpus: asText({
      hostname: 'cp1.example.com',
      addresses:
        '[{"ifname":"eth0","addr_info":[{"local":"10.0.0.1","scope":"global","prefixlen":24},{"local":"fd00::1","scope":"global","prefixlen":64}]}]',
      ssh: '10.0.0.9 4444 10.0.0.1 22',
      route: '[{"dev":"eth0"}]',
      manifest: '- --advertise-address=10.0.0.1\n- --secure-port=6443\n',
      kubeadm: 'controlPlaneEndpoint: api.example.com:6443\n',
    }),
    read: (text) => parseDiscovered(asSections(text)),
  },
  {
    name: 'former set-up',
    corpus: asText({ ...saidOfForeign, listening: saidOfForeign['listening'] ?? '' }),
    read: (text) => parseForeign(asSections(`${text}${between}listening=${saidOfForeign['listening']}`)),
    // Names in a foreign configuration, and control groups, are compared and not shown.
    raw: ['frontends', 'cgroup'],
  },
  {
    name: 'former configuration',
    corpus: [
      `/etc/haproxy/haproxy.cfg ${btoa('global\n')}\ncontainers:docker ${btoa(saidOfForeign['containers:docker'] ?? '')}\n`,
    ],
    read: (text) => parseSetup(text, 'cp1'),
    raw: ['text'],
  },
  { name: 'prober messages', corpus: probe, read: parseProbeMessage, raw: ['error', 'lost', 'failure', 'node'] },
  {
    name: 'prober configuration and watch lines',
    corpus: [
      JSON.stringify({ host: '10.0.0.1', port: 7443, caPem: 'x', ratePerSecond: 10 }),
      '{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"7"}}}',
    ],
    read: (text) => {
      const config = parseProbeConfig(text);
      return [config.ok ? undefined : config.error, parseObject(text) === undefined];
    },
  },
  {
    name: 'records of a drill',
    corpus: [
      '1.5\n{"__REALTIME_TIMESTAMP":"1764009307396340","__MONOTONIC_TIMESTAMP":"7396340","MESSAGE":"k8s-ha-begin"}\n{"__REALTIME_TIMESTAMP":"1764009307396340","__MONOTONIC_TIMESTAMP":"7396340","MESSAGE":"[2026-11-24T18:35:07.396340] Deleted 2: eth0    inet 172.16.100.100/32 scope global eth0\\\\ x"}\n',
      'T: 0 Max: 812\ntransitions: 3\ngave-up: 1\n',
    ],
    read: (text) => [parseChanges(text, '172.16.100.100', 'cp1', 5), parseSoak(text, 'cp1')],
  },
  {
    name: 'timers of rendered files',
    corpus: [
      '# prod/cp1: rendered by k8s-ha\n    vrrp_startup_delay 3\n    advert_int 0.1\n    down_timer_adverts 4\n    timeout connect 500ms\n    timeout check 3s\n    default-server inter 500ms fastinter 100ms downinter 500ms fall 2 rise 2\n',
    ],
    read: (text) => renderedTimers(text, text, fakeTimers),
  },
  {
    name: 'admin.conf, and commands to join',
    corpus: [
      adminConf,
      `kubeadm join 10.0.0.1:7443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:${'0a'.repeat(32)} --certificate-key ${'c'.repeat(64)}\n`,
    ],
    read: (text) => [readAdminConf(text), readJoinCommand(text)],
  },
];
