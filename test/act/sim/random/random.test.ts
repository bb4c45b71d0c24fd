import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { found } from './found.ts';
import { live } from './live.ts';
import { stories, type Story } from './story.ts';
import { runsOf } from '../../../quick.ts';

/** More of them, and others each time, in a nightly run; a failure names the seed. */
const wanted = process.env['K8S_HA_SIM_RUNS'];
const runs = wanted === undefined ? { numRuns: runsOf(25), seed: 1 } : { numRuns: Number(wanted) };

test(
  'whatever comes between, running apply again finishes it, and nothing was lost or held twice',
  async () => {
    const property = fc.asyncProperty(stories, async (story) => {
      const problems = await live(story);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    });
    expect(
      fc.defaultReportMessage(
        await fc.check(property, { ...runs, examples: found.map((story) => [story] as [Story]) }),
      ),
    ).toBeUndefined();
  },
  runs.numRuns * 10_000,
);
