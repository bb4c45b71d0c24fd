import type { Rollout } from '../act/rollout/step.ts';
import type { Clock } from '../core/clock.ts';
import { succeeded } from '../core/command.ts';
import { parseSections } from '../observe/once/sections.ts';
import { progressCommand } from './commands.ts';
import { isBusy } from './look.ts';

/** kubeadm's own time limits add up to a few minutes. */
const kubeadmMs = 8 * 60_000;

/** A machine that does not answer for so long has lost its power, or its network. */
const silentMs = 60_000;

const everyMs = 500;

/** How kubeadm ended in its unit; interrupted: nobody waits any more, and it goes on. */
export type KubeadmEnd =
  | { readonly how: 'well' | 'interrupted' }
  | {
      readonly how: 'failed';
      /** What it complains of, in one line. */
      readonly said: string;
    };

/** Waits for kubeadm on a machine. */
export async function kubeadmEnd(
  rollout: Pick<Rollout, 'hostOf' | 'onEvent' | 'signal'>,
  clock: Clock,
  node: string,
): Promise<KubeadmEnd> {
  const beganMs = clock.monotonicMs();
  const what = 'kubeadm has ended';
  let heardMs = beganMs;
  for (;;) {
    const asked = await rollout.hostOf(node).run(progressCommand);
    if (succeeded(asked)) heardMs = clock.monotonicMs();
    const sections = parseSections(asked.stdout);
    const state = sections.get('unit')?.text.trim();
    const tookMs = clock.monotonicMs() - beganMs;
    if (succeeded(asked) && state !== undefined && !isBusy(state)) {
      const failed = state === 'failed';
      rollout.onEvent({ node, what, kind: failed ? 'gate-failed' : 'gate-passed', tookMs });
      return failed ? { how: 'failed', said: complaints(sections.get('said')?.text ?? '') } : { how: 'well' };
    }
    if (tookMs > kubeadmMs || clock.monotonicMs() - heardMs > silentMs)
      return {
        how: 'failed',
        said: succeeded(asked) ? 'it is still at work' : (asked.failure?.message ?? asked.stderr.trim()),
      };
    if (rollout.signal.aborted) return { how: 'interrupted' };
    await clock.sleep(everyMs);
  }
}

const escape = String.fromCodePoint(27);
const colours = new RegExp(String.raw`${escape}\[[\d;]*m`, 'g');

/** What kubeadm complains of, in one line; its last words where it names no error. */
function complaints(said: string): string {
  const lines = said
    .replaceAll(colours, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const errors = lines.filter((line) => /^\[ERROR|^error:/i.test(line));
  return (errors.length > 0 ? errors : lines.slice(-6)).join('; ');
}
