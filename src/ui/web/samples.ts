import type { ClusterView } from '../watch/view.ts';
import type { HolderSpan, Samples } from './wire.ts';

/** One hour at one a second. */
export const samplesKept = 3600;

export interface SampleMemory {
  /** Takes who holds what, and figures once a second; a second one in the same second replaces nothing. */
  add(view: ClusterView): void;
  samples(): Samples;
}

function longestCheck(checks: readonly (number | undefined)[]): number | null {
  const known = checks.filter((ms) => ms !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

/** Changes of a VIP's holder that are kept. */
export const spansKept = 500;

/** The spans with what is so now; the same array where nothing changed. */
export function spansWith(
  spans: readonly HolderSpan[],
  { holders, tone, sinceMs }: Pick<ClusterView['vips'][number], 'holders' | 'tone' | 'sinceMs'>,
  atMs: number,
): readonly HolderSpan[] {
  // Without a holder, the tone tells whether that is known.
  const known = holders.length > 0 || tone === 'bad';
  const last = spans.at(-1);
  if (last && last.known === known && last.holders.join('\n') === holders.join('\n')) return spans;
  const fromMs = Math.max(last?.fromMs ?? 0, Math.min(atMs, sinceMs));
  return [...spans.slice(-spansKept + 1), { fromMs, holders, known }];
}

/** Remembers the figures that the charts show. Bounded; what was unknown is a gap, never a repeated value. */
export function createSampleMemory(kept: number = samplesKept): SampleMemory {
  let rows: { atMs: number; nodes: { sessions: number | null; rate: number | null; checkMs: number | null }[] }[] = [];
  let names: readonly string[] = [];
  let holders: Readonly<Record<string, readonly HolderSpan[]>> = {};
  return {
    add: (view) => {
      holders = Object.fromEntries(
        view.vips.map((vip) => [vip.address, spansWith(holders[vip.address] ?? [], vip, view.atMs)]),
      );
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
      holders,
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
