import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/** Runs a command to its end; throws with what it said when it fails. */
export function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** Network namespaces with the processes in them: what a test makes, it takes away. */
export interface Namespaces {
  readonly names: string[];
  readonly processes: ChildProcess[];
}

let count = 0;

/** A namespace with loopback up; its name is this process's own. */
export function addNamespace(all: Namespaces, label: string): string {
  count += 1;
  const name = `ic${process.pid % 10_000}-${count}-${label}`;
  run('ip', 'netns', 'add', name);
  all.names.push(name);
  run('ip', '-n', name, 'link', 'set', 'lo', 'up');
  return name;
}

/** Starts a program in a namespace; it is ended with the namespaces. */
export function startIn(all: Namespaces, name: string, argv: readonly string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', name, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
  all.processes.push(child);
  return child;
}

/** Ends every process and takes every namespace away. */
export async function takeAway({ names, processes }: Namespaces): Promise<void> {
  await Promise.all(
    processes.map(
      async (child) =>
        new Promise<void>((done) => {
          if (child.exitCode !== null || child.signalCode !== null) return done();
          child.once('exit', () => done());
          child.kill('SIGCONT');
          child.kill('SIGTERM');
          setTimeout(() => child.kill('SIGKILL'), 1500).unref();
        }),
    ),
  );
  for (const name of names)
    spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
      .forEach((pid) => {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It has ended meanwhile.
        }
      });
  for (const name of names) spawnSync('ip', ['netns', 'del', name]);
}

export async function pause(ms: number): Promise<void> {
  await new Promise((done) => {
    setTimeout(done, ms);
  });
}
