import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { CommandResult } from '../../../src/core/command.ts';
import { loadFile } from '../../../src/cluster-file.ts';
import { labPaths, labSsh } from '../../../src/lab/lab.ts';
import { sshHostsOnce } from '../../../src/observe/hosts.ts';
import { observeCommand } from '../../../src/observe/once/script.ts';
import { encodeSections, simulate, type Template } from './answers.ts';
import { parseSections } from '../../../src/observe/once/sections.ts';
import type { Bench, Ran } from './bench.ts';

/** A hundred nodes, three or five to a cluster. */
export const clusterSizes: readonly number[] = Array.from({ length: 30 }, (_, index) => (index < 5 ? 5 : 3));

/** How a node cannot be reached: its packets vanish, or nothing listens on its port. */
export type Unreachable = 'silent' | 'refusing';

/** What a run of the tool cost, as the server and the kernel counted it. */
export interface FleetRun extends Ran {
  readonly peakConnections: number;
  readonly logins: number;
  /** Peak resident memory of the tool's process. */
  readonly peakMiB: number;
  /** Processor time of the tool and its ssh processes: says more than the wall clock on a machine that does other work. */
  readonly cpuMs: number;
}

/** Simulated nodes behind a real sshd: every address of 10.20.0.0/16 is cp1 of the lab, and answers as its own node. */
export interface Fleet {
  readonly files: readonly string[];
  /** How long a real node took for the same question; the simulated ones wait as long. */
  readonly observationMs: number;
  /** @param ssh lines of ssh_config(5) for every node, as an operator may have them */
  readonly cli: (argv: readonly string[], ssh?: string) => Promise<FleetRun>;
  /** Makes nodes unreachable, named as in `c07/cp2`, until the function that it returns is called. */
  readonly lose: (nodes: Readonly<Record<string, Unreachable>>) => () => void;
}

const port = 2222;
const home = '/run/fleet';
const network = '10.20.0.0/16';
export const fleetVips = clusterSizes.flatMap((_, i) => [`10.20.${i + 1}.100`, `10.20.${i + 1}.101`]);

function nameOf(index: number): string {
  return `c${String(index + 1).padStart(2, '0')}`;
}

function addressOf(cluster: number, node: number): string {
  return `10.20.${cluster + 1}.${node + 1}`;
}

function clusterText(index: number, size: number): string {
  return `name: ${nameOf(index)}
endpoint: { virtualIPs: [10.20.${index + 1}.100, 10.20.${index + 1}.101], virtualRouterId: ${100 + index} }
nodes:
${Array.from({ length: size }, (_, node) => `  - { name: cp${node + 1}, address: ${addressOf(index, node)} }`).join('\n')}
ssh: { user: root, port: ${port} }
`;
}

/** How often the real nodes are asked; the fastest answer is the one that other work on this machine has slowed least. */
const recordings = 5;

/** Asks the lab's nodes what `status` and `plan` ask, and checks that what is simulated is written as they write. */
async function record(bench: Bench, spec: ClusterSpec, ask: { wire?: boolean; kubernetes?: boolean }) {
  const command = observeCommand(spec, ask);
  const hosts = sshHostsOnce(spec, { configFile: bench.state.sshConfig });
  let results: readonly CommandResult[] = [];
  let tookMs = Number.POSITIVE_INFINITY;
  for (let n = 0; n < recordings; n += 1) {
    const began = performance.now();
    results = await Promise.all(hosts.map(async (host) => host.run(command)));
    tookMs = Math.min(tookMs, performance.now() - began);
  }
  const outputs = results.map(({ rc, stdout, stderr }) => {
    if (rc !== 0) throw new Error(stderr);
    if (encodeSections(parseSections(stdout)).trim() !== stdout.trim())
      throw new Error('the observation is not written as the simulated nodes write it');
    return stdout;
  });
  return { template: { spec, outputs } satisfies Template, tookMs };
}

function load(file: string): ClusterSpec {
  const { spec, findings } = loadFile(readFileSync(file, 'utf8'), file);
  if (!spec) throw new Error(JSON.stringify(findings));
  return spec;
}

/**
 * @param tutorial the cluster file that the lab's nodes run
 * @param drifted nodes that somebody edited by hand, named as in `c07/cp2`
 */
export async function createFleet(bench: Bench, tutorial: string, drifted: readonly string[] = []): Promise<Fleet> {
  const real = load(tutorial);
  const plan = await record(bench, real, { wire: true });
  const status = await record(bench, real, { kubernetes: true });
  const answers = join(bench.folder, 'fleet');
  const files = clusterSizes.map((size, index) => {
    const file = join(bench.folder, `${nameOf(index)}.yaml`);
    writeFileSync(file, clusterText(index, size));
    const spec = load(file);
    const edited = spec.nodes.map(({ name }) => name).filter((name) => drifted.includes(`${spec.name}/${name}`));
    for (const [kind, { template }] of Object.entries({ plan, status }))
      for (const [node, answer] of simulate(template, spec, edited).entries()) {
        const folder = join(answers, spec.nodes[node]?.address ?? '');
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, kind), answer);
      }
    return file;
  });
  // Answers the two questions that `plan` and `status` have, and nothing else.
  writeFileSync(
    join(answers, 'answer'),
    `set -- $SSH_CONNECTION
script=$(cat)
# The clock as it is now, before what was recorded: 27 bytes, so that the next base64 text follows without a gap.
now() { printf 'clock 0 15\\n%s  \\n' "$(date +%s%3N)" | base64; }
case $script in
    *"emit neighbours"*) sleep ${(plan.tookMs / 1000).toFixed(2)}; now; cat ${home}/$3/plan ;;
    *"emit k8s-api"*) sleep ${(status.tookMs / 1000).toFixed(2)}; now; cat ${home}/$3/status ;;
    *) echo "a simulated node is only looked at" >&2; exit 97 ;;
esac
`,
  );
  writeFileSync(
    join(answers, 'sshd_config'),
    `Port ${port}
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/lab_authorized_keys
PidFile ${home}/pid
ForceCommand sh ${home}/answer
MaxStartups 200
UseDNS no
LogLevel VERBOSE
`,
  );
  upload(bench, answers);
  const memory = join(bench.folder, 'memory.json');
  const probe = join(bench.folder, 'memory.mjs');
  writeFileSync(
    probe,
    `import { readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const [, rest] = readFileSync('/proc/self/stat', 'utf8').split(') ');
  const fields = rest.split(' ');
  // cutime and cstime of proc(5), in hundredths of a second: the ssh processes.
  const children = (Number(fields[13]) + Number(fields[14])) * 10;
  writeFileSync(${JSON.stringify(memory)}, JSON.stringify({ peakMiB: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 + children }));
});
`,
  );
  return {
    files,
    observationMs: plan.tookMs,
    lose: (nodes) => lose(bench, nodes),
    cli: async (argv, ssh = '') => {
      const config = sshConfig(bench, ssh);
      bench.on('cp1', `: >${home}/log`);
      const ran = await bench.cli(argv, { env: { K8S_HA_SSH_CONFIG: config, NODE_OPTIONS: `--import=${probe}` } });
      const log = bench.on('cp1', `cat ${home}/log`);
      const { peakMiB, cpuMs } = JSON.parse(readFileSync(memory, 'utf8'));
      return { ...ran, ...connections(log), peakMiB, cpuMs };
    },
  };
}

/** The client sends the network to cp1, where every address of it is a local one. cp3 has them too, and no sshd for them. */
function upload(bench: Bench, answers: string): void {
  const packed = spawnSync('tar', ['-C', answers, '-cz', '.'], { maxBuffer: 2 ** 28 }).stdout;
  const [program = '', ...args] = labSsh(bench.lab, 'cp1', [`mkdir -p ${home} && tar -C ${home} -xz`]);
  const sent = spawnSync(program, args, { input: packed, encoding: 'utf8' });
  if (sent.status !== 0) throw new Error(sent.stderr);
  for (const node of ['cp1', 'cp3']) bench.on(node, `ip route add local ${network} dev lo`);
  bench.on('cp2', 'sysctl -qw net.ipv4.ip_forward=0');
  bench.on('cp1', `/usr/sbin/sshd -f ${home}/sshd_config -E ${home}/log`);
  route(bench, 'add', network, 'cp1');
}

function route(bench: Bench, verb: 'add' | 'del', to: string, via: string): void {
  const gateway = bench.state.nodes.find(({ name }) => name === via)?.address ?? '';
  const argv = ['-n', bench.state.client.namespace, 'route', verb, to, 'via', gateway];
  const { status, stderr } = spawnSync('ip', argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** cp2 drops what is not for it, without a word; cp3 refuses the port. */
function lose(bench: Bench, nodes: Readonly<Record<string, Unreachable>>): () => void {
  const routes = Object.entries(nodes).map(([name, how]): [string, string] => {
    const [, cluster = '', node = ''] = /^c(\d+)\/cp(\d+)$/.exec(name) ?? [];
    return [`${addressOf(Number(cluster) - 1, Number(node) - 1)}/32`, how === 'silent' ? 'cp2' : 'cp3'];
  });
  for (const [to, via] of routes) route(bench, 'add', to, via);
  return () => {
    for (const [to, via] of routes) route(bench, 'del', to, via);
  };
}

function sshConfig(bench: Bench, more: string): string {
  const { sshKey, knownHosts } = labPaths(bench.lab);
  const key = readFileSync(knownHosts, 'utf8').split('\n')[0]?.split(' ').slice(1).join(' ') ?? '';
  const known = join(bench.folder, 'known_hosts');
  writeFileSync(known, `[10.20.*]:${port} ${key}\n`);
  const config = join(bench.folder, 'ssh_config');
  writeFileSync(
    config,
    `Host 10.*
  IdentityFile ${sshKey}
  IdentitiesOnly yes
  UserKnownHostsFile ${known}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ${more}
`,
  );
  return config;
}

/** Counts in sshd's log how many connections were open at once: each is told when it comes, and when it goes. */
function connections(log: string): { peakConnections: number; logins: number } {
  const open = new Set<string>();
  let peakConnections = 0;
  let logins = 0;
  for (const line of log.split('\n')) {
    const [, came] = /^Connection from (\S+ port \d+)/.exec(line) ?? [];
    const [, went] = /^(?:Disconnected from|Connection (?:closed|reset) by)\D* .*?(\d+\.\S+ port \d+)/.exec(line) ?? [];
    if (came !== undefined) open.add(came);
    if (went !== undefined) open.delete(went);
    if (line.startsWith('Accepted publickey')) logins += 1;
    peakConnections = Math.max(peakConnections, open.size);
  }
  return { peakConnections, logins };
}
