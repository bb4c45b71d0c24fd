import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { startProber, type Prober } from '../../../src/drill/prober/start.ts';
import { labClient, labDown, labSsh, labUp, type LabState, type UpOptions } from '../../../src/lab/lab.ts';
import { watchHolders, type HolderWatch } from './holders.ts';
import { cleaned, everywhere, giveBack, takeShared } from './shared.ts';

/** How a command ended. */
export interface Ran {
  readonly rc: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** Lines of standard error, each with when it came, in milliseconds since the command began. */
  readonly progress: readonly (readonly [atMs: number, line: string])[];
}

/** New TLS connections a second where a test says nothing: a hundred take half a processor. */
export const probesPerSecond = 40;

/** A lab with everything a test of the command line needs. Needs root, Linux and `npm run build`. */
export interface Bench {
  readonly lab: string;
  readonly state: LabState;
  /** A folder for this test's files. */
  readonly folder: string;
  /** Writes a cluster file: the tutorial's or that of the lab's family, with some lines replaced. */
  readonly clusterFile: (name: string, change?: (text: string) => string) => string;
  /** Runs `k8s-ha` in the lab's client. `killAt` ends it with SIGKILL when a line of its progress matches. */
  readonly cli: (argv: readonly string[], options?: CliOptions) => Promise<Ran>;
  /** The same for a command that stays: its standard output is in `lines` as it comes. */
  readonly start: (argv: readonly string[]) => Running;
  /** Runs a shell command on a node; throws when it fails. */
  readonly on: (node: string, command: string) => string;
  /** The same on all nodes at once; what each printed. */
  readonly everywhere: (command: string) => Promise<readonly string[]>;
  /** Runs a command in the lab's client; throws when it fails. */
  readonly inClient: (argv: readonly string[]) => string;
  /** Environment by which `k8s-ha drill` takes and gives a node's power. */
  readonly power: Readonly<Record<string, string>>;
  readonly startProber: (ratePerSecond?: number, options?: ProberOptions) => Promise<Prober>;
  readonly watchHolders: (vip: string) => HolderWatch;
  readonly down: () => Promise<void>;
}

export interface ProberOptions {
  /** PEM; the lab's when absent. */
  readonly caPem?: string;
  /** Paths of reads through etcd's majority: the first that is answered with 200. */
  readonly reads?: readonly string[];
}

export interface Running {
  readonly lines: readonly string[];
  readonly progress: readonly string[];
  /** Waits for a line of either, and returns it; throws when the command ends before. */
  line(wanted: RegExp): Promise<string>;
  /** Asks it to end, and waits until it has. */
  end(signal?: 'SIGTERM' | 'SIGINT'): Promise<number | null>;
}

export interface CliOptions {
  readonly killAt?: (progressLine: string) => boolean;
  readonly env?: Readonly<Record<string, string>>;
}

const cliPath = new URL('../../../dist/cli/main.js', import.meta.url).pathname;
const proberPath = new URL('../../../dist/drill/prober/main.js', import.meta.url).pathname;

/** The example that describes a lab of each family. */
const examples = { ipv4: 'tutorial.yaml', ipv6: 'ipv6.yaml', dual: 'dual-stack.yaml' } as const;

/** @returns a bench with a lab of its own */
export async function createBench(
  name: string,
  options: Pick<UpOptions, 'nodes' | 'family' | 'debian' | 'podman' | 'kubernetes' | 'kubeadm' | 'extraSans'> = {},
): Promise<Bench> {
  const lab = `t-${name}-${process.pid}`;
  const up = await labUp({ name: lab, ...options });
  if (!up.ok) throw new Error(JSON.stringify(up.error));
  return benchOf(name, up.value, async () => {
    const result = await labDown(lab);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
  });
}

/**
 * @param packages whether keepalived and HAProxy may be installed already: saves their installation
 * @returns a bench with the lab of three machines that test files use one after the other; nothing of ours is on its nodes
 */
export async function createSharedBench(
  name: string,
  { packages = true }: { readonly packages?: boolean } = {},
): Promise<Bench> {
  const state = await cleaned(await takeShared(), packages);
  return benchOf(name, state, async () => giveBack(state));
}

/** A bench with that lab, whose nodes run the tutorial's cluster and are well. */
export interface AppliedBench extends Bench {
  /** The tutorial's cluster file. */
  readonly tutorial: string;
}

/**
 * Where the file before left that cluster, or one that `apply` makes it from, nothing is set up again. Each VIP is where the file
 * prefers it.
 * @param change of the tutorial's cluster file
 */
export async function createAppliedBench(name: string, change?: (text: string) => string): Promise<AppliedBench> {
  const taken = await takeShared();
  const left = benchOf(name, taken, async () => giveBack(taken));
  const tutorial = left.clusterFile('tutorial.yaml', change);
  if ((await notWell(left, tutorial)) === undefined) return { ...left, tutorial };
  rmSync(left.folder, { recursive: true });
  const state = await cleaned(taken, true);
  const bench = benchOf(name, state, async () => giveBack(state));
  const again = bench.clusterFile('tutorial.yaml', change);
  const why = await notWell(bench, again);
  if (why !== undefined) throw new Error(why);
  return { ...bench, tutorial: again };
}

/** @returns what keeps the nodes from being as this file says, if anything does */
async function notWell(bench: Bench, file: string): Promise<string | undefined> {
  for (const argv of [
    ['apply', file, '--yes'],
    ['spread', file, '--yes'],
    ['status', file, '--wait'],
  ]) {
    const { rc, stdout, stderr } = await bench.cli(argv);
    if (rc !== 0) return `${argv.join(' ')}: ${stdout}${stderr}`;
  }
  return undefined;
}

function benchOf(name: string, state: LabState, end: () => Promise<void>): Bench {
  const lab = state.name;
  const folder = mkdtempSync(join(tmpdir(), `k8s-ha-${name}-`));
  const { argvPrefix, sshConfig } = labClient(lab);
  const shown = state.machine ? 'whole-cluster.yaml' : examples[state.family ?? 'ipv4'];
  const example = new URL(`../../../examples/${shown}`, import.meta.url);
  return {
    lab,
    state,
    folder,
    power: {
      K8S_HA_POWER_OFF: `${process.execPath} ${cliPath} lab power --name ${lab} off {node}`,
      K8S_HA_POWER_ON: `${process.execPath} ${cliPath} lab power --name ${lab} on {node}`,
    },
    clusterFile: (file, change = (text) => text) => {
      const path = join(folder, file);
      writeFileSync(path, change(readFileSync(example, 'utf8')));
      return path;
    },
    cli: (argv, { killAt, env = {} } = {}) =>
      run([...argvPrefix, process.execPath, cliPath, ...argv], {
        env: { ...process.env, K8S_HA_SSH_CONFIG: sshConfig, K8S_HA_LAB: lab, ...env },
        killAt,
      }),
    start: (argv) =>
      start([...argvPrefix, process.execPath, cliPath, ...argv], {
        ...process.env,
        K8S_HA_SSH_CONFIG: sshConfig,
        K8S_HA_LAB: lab,
      }),
    on: (node, command) => {
      const [program = '', ...args] = labSsh(lab, node, [command]);
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
      if (status !== 0) throw new Error(`${node}: ${command}: ${stdout}${stderr}`);
      return stdout.trim();
    },
    everywhere: async (command) => everywhere(state, command),
    inClient: (argv) => {
      const [program = '', ...args] = [...argvPrefix, ...argv];
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
      if (status !== 0) throw new Error(`${argv.join(' ')}: ${stdout}${stderr}`);
      return stdout.trim();
    },
    startProber: (ratePerSecond = probesPerSecond, { caPem = readFileSync(state.caFile, 'utf8'), reads = [] } = {}) =>
      startProber(
        {
          host: '172.16.100.100',
          port: 7443,
          servername: 'kubernetes',
          caPem,
          path: '/version',
          ratePerSecond,
          timeoutMs: 3000,
          reads,
        },
        { wrap: argvPrefix, program: proberPath },
      ),
    watchHolders: (vip) => watchHolders(state, vip),
    down: async () => {
      rmSync(folder, { recursive: true, force: true });
      await end();
    },
  };
}

function run(
  argv: readonly string[],
  { env, killAt }: { env: NodeJS.ProcessEnv; killAt: CliOptions['killAt'] },
): Promise<Ran> {
  return new Promise((resolve) => {
    const [program = '', ...args] = argv;
    const began = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    const progress: [number, string][] = [];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    createInterface({ input: child.stderr }).on('line', (line) => {
      stderr += `${line}\n`;
      progress.push([Math.round(performance.now() - began), line]);
      if (killAt?.(line) === true) child.kill('SIGKILL');
    });
    void allSaid(child).then(({ rc, signal, atMs }) => {
      if (signal !== null) stderr += `ended by ${signal}\n`;
      resolve({ rc, stdout, stderr, tookMs: atMs - began, progress });
    });
  });
}

function start(argv: readonly string[], env: NodeJS.ProcessEnv): Running {
  const [program = '', ...args] = argv;
  // In a process group of its own: a signal goes to all of it, as a terminal's Ctrl-C does.
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  const progress: string[] = [];
  const waiting = new Set<() => void>();
  for (const [stream, kept] of [
    [child.stdout, lines],
    [child.stderr, progress],
  ] as const)
    createInterface({ input: stream }).on('line', (line) => {
      kept.push(line);
      for (const look of waiting) look();
    });
  const ended = allSaid(child).then(({ rc }) => rc);
  return {
    lines,
    progress,
    line: async (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = [...lines, ...progress].find((line) => wanted.test(line));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without ${wanted}: ${[...lines, ...progress].join('\n')}`)));
      }),
    end: async (signal = 'SIGTERM') => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
      return ended;
    },
  };
}

/** Longest wait for what an ended command wrote. */
const drainMs = 2000;

/**
 * When a command has ended, and what it wrote was read: on a busy machine its last lines come after its end. Its pipes may stay
 * open, because the ssh of a killed run keeps them: then it is not waited for longer than `drainMs`.
 */
async function allSaid(
  child: ChildProcess,
): Promise<{ readonly rc: number | null; readonly signal: NodeJS.Signals | null; readonly atMs: number }> {
  const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const [rc, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (resolve) => void child.once('exit', (...how) => resolve(how)),
  );
  const atMs = performance.now();
  await Promise.race([closed, sleep(drainMs, undefined, { ref: false })]);
  // What `close` let go is read line by line in the turns of the event loop after it.
  await setImmediate();
  return { rc, signal, atMs };
}
