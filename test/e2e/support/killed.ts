import { expect } from 'vitest';
import type { Bench } from './bench.ts';

/** A run that ends well; otherwise what it said is the error. */
export async function good(bench: Bench, argv: readonly string[], about = ''): Promise<void> {
  const ran = await bench.cli(argv);
  expect(ran.rc, `${about}${ran.stderr}\n${ran.stdout}`).toBe(0);
}

/**
 * Ends a command with SIGKILL when it tells of a step, runs it again and ends it at the next one, and so on; the last run must
 * end well. Kills at every step of every verb are simulated (test/act/sim/killed.test.ts); here is what real machines add to
 * them: steps that go on without who asked for them, services in the middle of a restart, and elections in their own time.
 */
export async function killedAndFinished(bench: Bench, argv: readonly string[], ...steps: RegExp[]): Promise<void> {
  const reached: string[] = [];
  for (const step of steps) reached.push(await killedAt(bench, argv, step));
  await good(bench, argv, `after kills at "${reached.join('", "')}":\n`);
}

async function killedAt(bench: Bench, argv: readonly string[], step: RegExp): Promise<string> {
  let reached: string | undefined;
  const killed = await bench.cli(argv, {
    killAt: (line) => {
      const found = reached === undefined && line.startsWith('  · ') && step.test(line);
      if (found) reached = line.trim();
      return found;
    },
  });
  if (reached === undefined) throw new Error(`no step ${step} in: ${killed.stderr}`);
  expect(killed.rc, killed.stderr).toBe(null);
  return reached;
}
