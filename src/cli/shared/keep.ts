import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Finding } from '../../index.ts';
import { globalOptions, interruptible, lookAtAll, readCluster, tellFindings, withHosts } from './context.ts';
import { print } from './output.ts';
import type { RolloutFlags } from './rollout.ts';
import { UsageError } from './usage.ts';

/** How often the cluster file is looked at while waiting: cheap, and it works for every editor, mount and link. */
const fileEveryMs = 1000;

function marksOf(file: string): string {
  try {
    const { mtimeMs, ino, size } = statSync(file);
    return `${mtimeMs} ${ino} ${size}`;
  } catch {
    return 'not there';
  }
}

/** Keeps the nodes as the file says until Ctrl-C or SIGTERM; sets the exit code. */
export async function keepCluster(file: string, flags: RolloutFlags, everyMs: number, command: Command): Promise<void> {
  const { apply, keep, keepJson, keepText, planCluster } = await import('../../index.ts');
  const { tellEvent } = await import('./progress.ts');
  const options = globalOptions(command);
  const without = flags.without ?? [];
  const signal = interruptible();
  let marks = '';
  let reads = 0;
  const load = async () => {
    marks = marksOf(file);
    reads += 1;
    try {
      return await readCluster(file);
    } catch (error) {
      // Not there from the start is a mistake of who started this; later it is one in the file.
      if (!(error instanceof UsageError) || reads === 1) throw error;
      const finding: Finding = {
        rule: 'file-unreadable',
        severity: 'error',
        message: error.message,
        ...(error.suggestion !== undefined && { suggestion: error.suggestion }),
      };
      return { spec: undefined, findings: [finding] };
    }
  };
  // Findings are formatted by code that is loaded when needed: one after the other, so that lines keep their order.
  let told = Promise.resolve();
  const well = await keep({
    load,
    look: async (spec) => {
      const [looked] = await lookAtAll([spec], options, async (one, hosts, reach) =>
        planCluster(one, hosts, { signal, reach, without }),
      );
      return looked ?? { plan: undefined, findings: [] };
    },
    apply: async (spec, { confirm }) =>
      withHosts(spec, options, async (hosts, reach) =>
        apply(spec, { hosts, reach, without, signal, confirm, breakLock: flags.breakLock, onEvent: tellEvent }),
      ),
    wait: async (ms) => {
      const until = performance.now() + ms;
      for (;;) {
        const left = until - performance.now();
        if (signal.aborted) return 'stopped';
        if (left <= 0) return 'time';
        if (marksOf(file) !== marks) return 'changed';
        await sleep(Math.min(left, fileEveryMs), undefined, { signal }).catch(() => undefined);
      }
    },
    everyMs,
    random: Math.random,
    signal,
    onEvent: (event) => {
      if (flags.output === 'json') return print(keepJson(event, new Date()));
      const at = new Date();
      told = told.then(async () => {
        await tellFindings(event.findings ?? []);
        print(keepText(event, at));
      });
    },
  });
  await told;
  process.exitCode = well ? 0 : 1;
}
