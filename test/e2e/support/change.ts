import { expect } from 'vitest';
import { z } from 'zod';
import type { Bench } from './bench.ts';
import type { HolderWatch } from './holders.ts';
import type { Load, Lost, Mark } from './load.ts';

/** What a plan says that clients will notice, visit by visit. */
export interface Announced {
  readonly hash: string;
  readonly effects: readonly string[];
  readonly handover: boolean;
  /** Visits in which a VIP moves, at most. */
  readonly handovers: number;
  /** Milliseconds without a holder. */
  readonly gapMs: number;
}

export interface Changed {
  readonly announced: Announced;
  readonly lost: Lost;
  readonly moves: number;
  readonly twoMs: number;
  readonly longestNoneMs: number;
}

/** Both nodes serve in a planned handover's overlap, which was 1 ms where there was one at all. */
const overlapMs = 50;

const planJson = z.object({
  hash: z.string(),
  nodes: z.array(z.object({ node: z.string(), effect: z.string() })),
});

function msOf(text: string): number {
  return Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
}

function announcedBy(json: string): Announced {
  const { hash, nodes } = planJson.parse(JSON.parse(json));
  const effects = nodes.map(({ node, effect }) => `${node}: ${effect}`);
  const gaps = effects.flatMap((effect) => {
    const [, text, more = '0ms'] = /no holder for up to ([\d.]+m?s)(?:, and ([\d.]+m?s) more)?/.exec(effect) ?? [];
    return text === undefined ? [] : [msOf(text) + msOf(more)];
  });
  const moves = effects.filter((effect) => /planned handover|may move/.test(effect)).length;
  return {
    hash,
    effects,
    handover: moves > 0,
    handovers: moves,
    gapMs: Math.max(0, ...gaps),
  };
}

/** Plans, and applies exactly that. Planned again where the VIP has moved in between, as on a machine short of processors. */
async function approve(
  bench: Bench,
  load: Load,
  vip: string,
  argv: readonly string[],
  tries = 3,
): Promise<{ readonly announced: Announced; readonly holders: HolderWatch; readonly mark: Mark }> {
  const plan = await bench.cli(['plan', ...argv, '-o', 'json']);
  expect(plan.rc, `${plan.stderr}\n${plan.stdout.slice(0, 2000)}`).toBe(0);
  const announced = announcedBy(plan.stdout);
  await load.settled();
  const holders = bench.watchHolders(vip);
  const mark = load.mark();
  const ran = await bench.cli(['apply', ...argv, '--plan', announced.hash]);
  if (tries > 1 && ran.stderr.includes('was approved: the file or the nodes have changed')) {
    await holders.stop();
    return approve(bench, load, vip, argv, tries - 1);
  }
  expect(ran.rc, `${ran.stderr}\n${ran.stdout}`).toBe(0);
  return { announced, holders, mark };
}

/**
 * Rolls a cluster file out under load, and holds what clients lost against what its plan announced: nothing more may fail.
 * There are never two holders but for the instant of a planned handover.
 */
export async function changeUnderLoad(
  bench: Bench,
  load: Load,
  vip: string,
  file: string,
  flags: readonly string[] = [],
): Promise<Changed> {
  const { announced, holders, mark } = await approve(bench, load, vip, [file, ...flags]);
  const lost = await load.lostSince(mark);
  const { moves, twoMs, longestNoneMs } = await holders.stop();
  const told = JSON.stringify({ ...announced, ...lost, moves, twoMs, longestNoneMs });
  if (process.env['SHOW'] !== undefined) process.stderr.write(`${told}\n`);
  expect(lost.probes, told).toBeGreaterThan(100);
  // A holder that resigns takes its addresses off when it has said so; the next one may have them by then.
  expect(twoMs, told).toBeLessThanOrEqual(announced.handover || announced.gapMs > 0 ? overlapMs : 0);
  if (!announced.handover && announced.gapMs === 0) {
    expect(lost, told).toMatchObject({ connects: 0, requests: 0, writes: 0, watches: 0 });
    expect(moves, told).toBe(0);
  } else if (announced.gapMs === 0) {
    // A handover, as the nodes' kernels saw it. All that was connected comes again at once, and what that does to API servers
    // on a machine that is short of processors is no question to the rollout.
    expect(moves, told).toBeLessThanOrEqual(announced.handovers);
    expect(longestNoneMs, told).toBeLessThan(1000);
    expect(lost.outageMs, told).toBeLessThan(5000);
  } else {
    expect(longestNoneMs, told).toBeLessThanOrEqual(announced.gapMs);
  }
  return { announced, lost, moves, twoMs, longestNoneMs };
}
