import type { ClusterView } from '../watch/view.ts';
import type { Samples } from './wire.ts';

/** One hour at one a second. */
export const samplesKept = 3600;

export interface SampleMemory {
  /** Takes one sample a second; a second one in the same second replaces nothing. */
  add(view: ClusterView): void;
  samples(): Samples;
}

function longestCheck(checks: readonly (number | undefined)[]): number | null {
  const known = checks.filter((ms) => ms !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

/** Remembers the figures that the charts show. Bounded; what was unknown is a gap, never a repeated value. */
export function createSampleMemory(kept: number = samplesKept): SampleMemory {
  let rows: { atMs: number; nodes: { sessions: number | null; rate: number | null; checkMs: number | null }[] }[] = [];
  let names: readonly string[] = [];
  return {
    add: (view) => {
      const last = rows.at(-1);
      if (last && view.atMs - last.atMs < 950) return;
      names = view.nodes.map(({ name }) => name);
      rows.push({
        atMs: view.atMs,
        nodes: view.nodes.map(({ sessions, sessionRate, servers }) => ({
          sessions: sessions ?? null,
          rate: sessionRate ?? null,
          checkMs: longestCheck(servers.map(({ checkMs }) => checkMs)),
        })),
      });
      if (rows.length > kept * 1.1) rows = rows.slice(-kept);
    },
    samples: () => ({
      atMs: rows.map(({ atMs }) => atMs),
      nodes: names.map((node, i) => ({
        node,
        sessions: rows.map(({ nodes }) => nodes[i]?.sessions ?? null),
        rate: rows.map(({ nodes }) => nodes[i]?.rate ?? null),
        checkMs: rows.map(({ nodes }) => nodes[i]?.checkMs ?? null),
      })),
    }),
  };
}
