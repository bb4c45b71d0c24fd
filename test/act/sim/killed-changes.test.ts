import { expect, test } from 'vitest';
import { killedEverywhere } from './killed.ts';
import { changes } from './scenarios.ts';

test.each(changes)(
  '$name ends well, and, killed after any command, converges when it is run again',
  async (scenario) => {
    const { commands, problems } = await killedEverywhere(scenario);
    expect(problems).toEqual([]);
    expect(commands).toBeGreaterThan(0);
  },
);
