import { expect } from 'vitest';
import type { Bench } from './bench.ts';

function isStep(line: string): boolean {
  return line.startsWith('  · ');
}

/** A run that ends well; otherwise what it said is the error. */
export async function good(bench: Bench, argv: readonly string[], about = ''): Promise<void> {
  const ran = await bench.cli(argv);
  expect(ran.rc, `${about}${ran.stderr}\n${ran.stdout}`).toBe(0);
}

/** Ends a command with SIGKILL when it tells of its nth step. @returns the step; undefined when it had fewer */
export async function killedAt(bench: Bench, argv: readonly string[], nth: number): Promise<string | undefined> {
  let steps = 0;
  let reached: string | undefined;
  const killed = await bench.cli(argv, {
    killAt: (line) => {
      if (!isStep(line)) return false;
      steps += 1;
      if (steps === nth) reached = line.trim();
      return steps === nth;
    },
  });
  // A run that ended well although it was killed had nothing left to do.
  expect(killed.rc, killed.stderr).toBe(reached === undefined || killed.rc === 0 ? 0 : null);
  return reached;
}

/** All steps of everything take an hour: EVERY_STEP=1. */
export const everyStep = process.env['EVERY_STEP'] === '1';
