import { expect, test } from 'vitest';
import { killedEverywhere } from '../act/sim/killed.ts';
import { scenarios } from './scenarios.ts';

test.each(scenarios)(
  '$name: one holder all along, and, killed after any command, it is finished by the next run',
  async (scenario) => {
    const { commands, problems } = await killedEverywhere(scenario);
    expect(problems).toEqual([]);
    expect(commands).toBeGreaterThan(0);
  },
);
