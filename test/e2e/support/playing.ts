import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ProbeConfig, ProbeSample } from '../../../src/drill/measure/probe.ts';
import type { ProbeResult } from '../../../src/drill/prober/collector.ts';
import { startProber } from '../../../src/drill/prober/start.ts';

/** Watches of clients beside the prober's probes. */
export interface Watching {
  readonly count: number;
  readonly path: string;
}

/** Clients at work, whatever program plays them. */
export interface Playing {
  /** It grows. */
  readonly samples: readonly ProbeSample[];
  /** As they were told last, five times a second. */
  watches(): { readonly open: number; readonly lost: number };
  /** Reads every acknowledged write back. */
  stop(): Promise<ProbeResult>;
}

const watchersPath = fileURLToPath(new URL('watchers.mjs', import.meta.url));
const proberPath = fileURLToPath(new URL('../../../dist/drill/prober/main.js', import.meta.url));

/** The product's prober, and watchers in Node.js: for ordinary tests, since Node.js is always there. */
export async function nodeClients(
  config: ProbeConfig,
  { count, path }: Watching,
  { wrap, caFile }: { readonly wrap: readonly string[]; readonly caFile: string },
): Promise<Playing> {
  const prober = await startProber(config, { wrap, program: proberPath });
  const argv = [process.execPath, watchersPath, config.host, String(config.port), String(count), caFile, path];
  const [program = '', ...args] = [...wrap, ...argv];
  const watchers = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let watches = { open: 0, lost: 0 };
  createInterface({ input: watchers.stdout }).on('line', (line) => {
    const [open = 0, lost = 0] = line.split(' ').map(Number);
    watches = { open, lost };
  });
  return {
    samples: prober.samples,
    watches: () => watches,
    stop: async () => {
      watchers.kill('SIGKILL');
      return prober.stop();
    },
  };
}
