import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ProbeConfig } from '../../../src/drill/measure/probe.ts';
import { collector, type ProbeResult } from '../../../src/drill/prober/collector.ts';
import { keptReport, type KeptClients, type KeptReport } from './kept-report.ts';
import type { Playing, Watching } from './playing.ts';

const sources = fileURLToPath(new URL('clients', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/clients', import.meta.url));

/** All clients of a measurement in one process, a program of Go: they cost a fraction of what those in Node.js do. */
export interface GoClients {
  /** Once only. */
  play(config: ProbeConfig, watching: Watching): Promise<Playing>;
  /** @returns once every client has had an answer */
  keep(keeping: Keeping): Promise<KeptClients>;
  stop(): Promise<void>;
}

export interface Keeping {
  readonly host: string;
  readonly port: number;
  readonly count: number;
  readonly everyMs: number;
  readonly path: string;
  readonly firstPort?: number;
}

/** Whether its program can be built here. */
export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

/**
 * The program, built unless these very sources have been built by this Go.
 * @throws Error where Go is missing or does not accept the sources
 */
export function goClientsProgram(): string {
  const version = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (version.status !== 0)
    throw new Error('the clients of this measurement are a Go program, and Go is not installed: see https://go.dev/dl');
  const files = readdirSync(sources).toSorted();
  const texts = files.map((file) => [file, readFileSync(join(sources, file), 'utf8')]);
  const key = createHash('sha256')
    .update(JSON.stringify([version.stdout, texts]))
    .digest('hex')
    .slice(0, 12);
  const program = join(cache, `clients-${key}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  // Two may build at once: each has a file of its own until it is whole.
  const unfinished = `${program}.${process.pid}`;
  const built = spawnSync('go', ['build', '-trimpath', '-o', unfinished, '.'], {
    cwd: sources,
    encoding: 'utf8',
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'local' },
  });
  if (built.status !== 0) throw new Error(`go build in ${sources}: ${built.stderr}`);
  renameSync(unfinished, program);
  return program;
}

const told = z.union([
  z.object({ watches: z.object({ open: z.int(), lost: z.int() }) }),
  z.object({ connected: z.string() }),
  z.object({ refused: z.object({ name: z.string(), why: z.string() }) }),
  z.object({ kept: z.object({ name: z.string(), report: keptReport }) }),
]);

/** @param wrap put before the program's own command, e.g. to run it in the lab's client */
export function startGoClients(wrap: readonly string[]): GoClients {
  const [program, ...args] = [...wrap, goClientsProgram()];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const collected = collector();
  const waiting = new Map<string, { done: (report?: KeptReport) => void; failed: (error: Error) => void }>();
  let watches = { open: 0, lost: 0 };
  let ready: ((originMs: number) => void) | undefined;
  let groups = 0;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `ended by ${signal}`));
  });
  void ended.then((end) => {
    for (const { failed } of waiting.values()) failed(new Error(`the clients stopped: ${collected.why(end)}`));
  });
  // Clients that are gone break the pipe; `ended` tells it.
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { success, data } = told.safeParse(JSON.parse(line));
    if (!success) collected.take(line, (originMs) => ready?.(originMs));
    else if ('watches' in data) ({ watches } = data);
    else if ('connected' in data) waiting.get(data.connected)?.done();
    else if ('kept' in data) waiting.get(data.kept.name)?.done(data.kept.report);
    else waiting.get(data.refused.name)?.failed(new Error(`the clients could not connect: ${data.refused.why}`));
  });
  const say = (command: Readonly<Record<string, unknown>>): void =>
    void child.stdin.write(`${JSON.stringify(command)}\n`);
  const answered = async (name: string): Promise<KeptReport | undefined> =>
    new Promise<KeptReport | undefined>((done, failed) => waiting.set(name, { done, failed })).finally(() =>
      waiting.delete(name),
    );
  const stop = async (): Promise<ProbeResult> => {
    child.stdin.end(`${JSON.stringify({ do: 'stop' })}\n`);
    return collected.result(await ended);
  };
  return {
    play: async (config, { count, path }) => {
      const origin = new Promise<number>((resolve) => (ready = resolve));
      say({ do: 'probe', ...config });
      const begun = await Promise.race([origin, ended]);
      if (typeof begun === 'string') throw new Error(`the clients could not start: ${collected.why(begun)}`);
      const { host, port, servername, caPem } = config;
      say({ do: 'watch', host, port, servername, caPem, count, path });
      return { samples: collected.seen.samples, watches: () => watches, stop };
    },
    keep: async (keeping) => {
      groups += 1;
      const name = String(groups);
      const connected = answered(name);
      say({ do: 'keep', name, servername: 'kubernetes', ...keeping });
      await connected;
      return {
        mark: () => say({ do: 'mark', name }),
        kill: () => say({ do: 'end', name }),
        stop: async () => {
          const reported = answered(name);
          say({ do: 'end', name });
          const report = await reported;
          if (!report) throw new Error('the clients told no report');
          return report;
        },
      };
    },
    stop: async () => void (await stop()),
  };
}
