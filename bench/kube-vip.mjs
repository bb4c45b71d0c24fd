// Measures, in one lab with real Kubernetes, what a client loses with k8s-ha and with kube-vip (ARP mode, leader election).
//   node bench/kube-vip.mjs [--runs 5] [--out FILE]      (root, Linux; `npm run build` and Go before it)
// kube-vip is built from its pinned Go module (lab/kube-vip) and gets what its own `manifest pod` prints: a unit takes the
// place of the static pod, because there is no image and no kubelet.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { outage } from '../dist/drill/outage.js';
import { startProber } from '../dist/drill/prober/start.js';
import { kubeadmOf } from '../dist/cli/lab-kubernetes.js';
import { labClient, labDown, labPaths, labPowerOff, labPowerOn, labSsh, labUp } from '../dist/lab/lab.js';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : process.argv[at + 1];
};
const runs = Number(argument('--runs', '5'));
const out = argument('--out', 'docs/benchmarks/kube-vip.json');
const only = argument('--only', '');
const lab = argument('--lab', 'bench');
const ratePerSecond = 50;
const nodes = ['cp1', 'cp2', 'cp3'];
const address = (node) => `172.16.217.17${node.slice(2)}`;

const sh = (argv, { input = '', check = true, timeout = 240_000 } = {}) => {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { input, encoding: 'utf8', timeout });
  if (check && status !== 0) throw new Error(`${argv.join(' ')}: ${stdout}${stderr}`);
  return stdout.trim();
};
const on = (node, command, options) => sh(labSsh(lab, node, [command]), options);
const client = (...argv) => [...labClient(lab).argvPrefix, ...argv];

// Other measurements on the machine can take the same lock: LOCK=/tmp/quiet.lock
const quietly = async (work) => {
  if (!process.env.LOCK) return work();
  const holder = spawn('flock', ['-x', process.env.LOCK, 'sh', '-c', 'echo held; read end'], { stdio: 'pipe' });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  try {
    return await work();
  } finally {
    holder.stdin.end('\n');
    await new Promise((resolve) => holder.once('exit', resolve));
  }
};

const kubeVipAddress = '172.16.100.110';
const scratch = mkdtempSync(join(tmpdir(), 'kube-vip-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const program = join(scratch, 'kube-vip');

const build = () => {
  const flags = ['-trimpath', '-mod=readonly', '-ldflags', '-s -w -X main.Version=v1.0.0'];
  sh(['go', 'build', '-C', 'lab/kube-vip', ...flags, '-o', program, 'github.com/kube-vip/kube-vip'], {
    timeout: 40 * 60_000,
  });
};

/** The environment of the container that kube-vip's own generator prints for a control plane. */
const manifest = (node) => {
  const flags = ['--interface', 'eth0', '--address', kubeVipAddress, '--controlplane', '--arp', '--leaderElection'];
  const { env, args } = parse(sh([program, 'manifest', 'pod', ...flags])).spec.containers[0];
  const values = env.map(({ name, value, valueFrom }) => {
    if (valueFrom !== undefined && valueFrom.fieldRef?.fieldPath !== 'spec.nodeName')
      throw new Error(`what is ${name}?`);
    return [name, valueFrom ? node : value];
  });
  return { environment: Object.fromEntries(values), args };
};

const place = () => {
  for (const node of nodes) {
    sh(labSsh(lab, node, ['cat >/usr/local/bin/kube-vip && chmod 755 /usr/local/bin/kube-vip']), {
      input: readFileSync(program),
    });
    // The manifest's hostAliases.
    on(node, `grep -q ' kubernetes$' /etc/hosts || echo '127.0.0.1 kubernetes' >>/etc/hosts`);
  }
};

/** @param timings replaces those of the manifest, in whole seconds, which is all that kube-vip takes */
const kubeVip = (timings = {}) => ({
  vip: kubeVipAddress,
  port: 6443,
  start: () => {
    for (const node of nodes) {
      const { environment, args } = manifest(node);
      const lines = Object.entries({ ...environment, ...timings }).map(([name, value]) => `${name}="${value}"\n`);
      on(node, 'cat >/run/kube-vip.env', { input: lines.join('') });
      // The kubelet starts a container that ended for the first time at once, later ones after 10 s and more.
      const unit = '--unit=kube-vip -p EnvironmentFile=/run/kube-vip.env -p Restart=always -p RestartSec=0';
      on(
        node,
        `systemctl reset-failed kube-vip 2>/dev/null
systemd-run --quiet ${unit} -p StartLimitIntervalSec=0 /usr/local/bin/kube-vip ${args.join(' ')}`,
      );
    }
  },
  stop: () =>
    nodes.forEach((node) =>
      on(node, `systemctl stop kube-vip; ip addr del ${kubeVipAddress}/32 dev eth0 2>/dev/null; true`),
    ),
  kills: [{ name: 'its process killed', command: 'systemctl kill -s KILL kube-vip' }],
});

const contenders = {
  'k8s-ha, target 500 ms (default)': {
    vip: '172.16.100.100',
    port: 7443,
    start: () => undefined,
    stop: () => undefined,
    kills: [{ name: 'its process killed', command: 'systemctl kill -s KILL k8s-ha-keepalived' }],
  },
  'kube-vip, lease 5/3/1 s (its manifest)': kubeVip(),
  'kube-vip, lease 3/2/1 s (the fastest that it accepts)': kubeVip({
    vip_leaseduration: 3,
    vip_renewdeadline: 2,
    vip_retryperiod: 1,
  }),
};

const holdersOf = (vip, state) =>
  state.nodes
    .filter(
      ({ namespace }) => sh(['ip', '-netns', namespace, '-o', 'addr', 'show', 'to', vip], { check: false }) !== '',
    )
    .map(({ name }) => name);

const partition = (node) => {
  const peers = nodes
    .filter((each) => each !== node)
    .map(address)
    .join(', ');
  return `nft -f - <<'END'
table inet bench {
  chain in { type filter hook input priority -200; ip saddr { ${peers} } drop; }
  chain out { type filter hook output priority -200; ip daddr { ${peers} } drop; }
}
END`;
};

const faults = ({ kills }) => [
  { name: 'node lost', path: '/version', power: true, watchMs: 15_000 },
  ...kills.map(({ name, command }) => ({
    name,
    path: '/version',
    inject: () => command,
    heal: () => 'true',
    watchMs: 6000,
  })),
  {
    name: 'API server hung',
    path: '/version',
    inject: () => 'systemctl kill -s STOP kube-apiserver',
    heal: () => 'systemctl kill -s CONT kube-apiserver',
    watchMs: 12_000,
  },
  {
    name: 'cut off from the other nodes',
    // Without its etcd quorum an API server still tells its version: what counts is whether it is ready.
    path: '/readyz',
    inject: partition,
    heal: () => 'nft delete table inet bench',
    countHolders: true,
    watchMs: 12_000,
  },
];

const settled = async ({ vip, port }, state, times = 3) => {
  const until = Date.now() + 90_000;
  for (let good = 0; good < times;) {
    if (Date.now() > until) throw new Error(`${vip} did not settle`);
    const ready = nodes.every(
      (node) => sh(client('curl', '-sk', '-m', '2', `https://${address(node)}:6443/readyz`), { check: false }) === 'ok',
    );
    const served = sh(client('curl', '-sk', '-m', '2', `https://${vip}:${port}/readyz`), { check: false }) === 'ok';
    good = ready && served && holdersOf(vip, state).length === 1 ? good + 1 : 0;
    await sleep(300);
  }
};

// etcd's own election would hide how fast the address moves: the node that is broken never leads etcd.
const moveEtcdLeaderFrom = (node) => {
  const flags =
    'ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/etcd/healthcheck-client.crt ETCDCTL_KEY=/etc/kubernetes/pki/etcd/healthcheck-client.key';
  const status = JSON.parse(on(node, `${flags} etcdctl endpoint status --cluster -w json`));
  const leader = status.find(({ Status }) => Status.leader === Status.header.member_id);
  if (!leader?.Endpoint.includes(address(node))) return;
  const other = nodes.find((each) => each !== node);
  const ids = on(node, `${flags} etcdctl member list | grep ' ${other},' | cut -d, -f1`);
  on(node, `${flags} etcdctl move-leader ${ids.split('\n')[0]}`);
};

const measure = async (contender, fault, state) => {
  await settled(contender, state);
  let broken = '';
  const result = await quietly(async () => {
    await settled(contender, state, 1);
    const [node] = holdersOf(contender.vip, state);
    broken = node;
    moveEtcdLeaderFrom(node);
    const prober = await startProber(
      {
        ...{ host: contender.vip, port: contender.port, servername: 'kubernetes', path: fault.path },
        ...{ caPem: readFileSync(state.caFile, 'utf8'), ratePerSecond, timeoutMs: 3000 },
      },
      // The clock of the measurement must not wait for the machines that it measures.
      { wrap: client('nice', '-n', '-15') },
    );
    await sleep(1000);
    const fromMs = prober.samples.at(-1)?.sentMs ?? 0;
    const began = Date.now();
    if (fault.power) await labPowerOff(lab, node);
    else on(node, fault.inject(node));
    let twoMs = 0;
    for (let last = Date.now(); Date.now() - began < fault.watchMs; last = Date.now()) {
      await sleep(250);
      if (fault.countHolders && holdersOf(contender.vip, state).length > 1) twoMs += Date.now() - last;
    }
    const { samples } = await prober.stop();
    const found = outage(samples, { ratePerSecond, fromMs });
    return {
      outageMs: Math.round(found.outageMs),
      failed: found.failed + found.slow,
      probes: found.probes,
      twoMs,
      // How late the prober itself was: a window may be off by this much.
      lateMs: Math.round(Math.max(0, ...samples.map(({ latenessMs }) => latenessMs))),
    };
  });
  if (fault.power) await labPowerOn(lab, broken);
  else on(broken, fault.heal(broken), { check: false });
  return result;
};

build();
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const told = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** The tables of docs/benchmarks/kube-vip.md. */
const tables = (results) => {
  const names = [...new Set(results.map(({ fault }) => fault))];
  const table = (cell) => {
    const rows = Object.keys(contenders).map((name) => [
      name,
      ...names.map((fault) =>
        cell(results.filter((row) => row.contender === name && row.fault === fault && !row.failure)),
      ),
    ]);
    return [['', ...names], names.length ? ['---', ...names.map(() => '---')] : [], ...rows]
      .map((cells) => `| ${cells.join(' | ')} |`)
      .join('\n');
  };
  const spread = (values) =>
    `**${told(median(values))}** (${told(Math.min(...values))}–${told(Math.max(...values))}, ${values.length} runs)`;
  const of = (key) => (rows) => (rows.length === 0 ? 'not measured' : spread(rows.map((row) => row[key])));
  const partial = (rows) =>
    rows.length === 0 ? 'not measured' : told(median(rows.map(({ failed }) => (failed * 1000) / ratePerSecond)));
  const cut = results.filter(({ fault, failure }) => fault.startsWith('cut') && !failure);
  const two = Object.keys(contenders).map(
    (name) => `${name}: ${of('twoMs')(cut.filter((row) => row.contender === name))}`,
  );
  return [
    `The longest time in which no connection was served:\n\n${table(of('outageMs'))}`,
    `Connections that failed or were slow, as the time in which as many are made:\n\n${table(partial)}`,
    `Two holders of the address at once, while the holder was cut off: ${two.join('; ')}.`,
  ].join('\n\n');
};

const up = await labUp({
  name: lab,
  kubernetes: { from: 'go', configOf: await kubeadmOf(3) },
  onProgress: console.error,
});
if (!up.ok) throw new Error(JSON.stringify(up.error));
const state = up.value;
const results = [];
try {
  const cli = [process.execPath, 'dist/cli/main.js'];
  process.env.K8S_HA_SSH_CONFIG = state.sshConfig;
  sh(client(...cli, 'apply', 'examples/tutorial.yaml', '--yes'));
  place();
  for (let run = 1; run <= runs; run += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      contender.start();
      for (const fault of faults(contender)) {
        if (only !== '' && !fault.name.includes(only)) continue;
        let result;
        try {
          result = await measure(contender, fault, state);
        } catch (error) {
          result = { failure: String(error) };
        }
        results.push({ contender: name, fault: fault.name, run, ...result });
        console.error(JSON.stringify(results.at(-1)));
        writeFileSync(out, `${JSON.stringify(results, undefined, 1)}\n`);
      }
      contender.stop();
    }
  }
} finally {
  await labDown(lab);
}
console.log(tables(results));
