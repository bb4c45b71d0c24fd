import { isDeepStrictEqual } from 'node:util';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Timers } from '../cluster/timers.ts';
import { paths } from '../node/paths.ts';
import { predict } from '../predict/predict.ts';
import { renderedTimers } from '../render/rendered-timers.ts';
import type { OutageChange } from './model.ts';

/**
 * The faults whose longest outage changes with the timers. Nodes with different timers, as a rollout that was cut off leaves
 * them, count as the slowest does; empty where no node has files of ours, or none changes its timers.
 */
export function outageChanges(spec: ClusterSpec, timers: Timers, state: ClusterState): readonly OutageChange[] {
  const present = state.nodes.flatMap(({ seen }) => {
    if (!seen.known) return [];
    const textOf = (path: string): string => seen.value.files.find((file) => file.path === path)?.content ?? '';
    return renderedTimers(textOf(paths.keepalivedConfig), textOf(paths.haproxyConfig), timers) ?? [];
  });
  if (present.every((found) => isDeepStrictEqual(found, timers))) return [];
  const predicted = present.map((found) => predict(spec, found));
  return predict(spec, timers).flatMap((prediction, index) => {
    const before = predicted
      .flatMap((predictions) => predictions[index] ?? [])
      .toSorted((a, b) => b.upperMs - a.upperMs)[0];
    return before && Math.round(before.upperMs) !== Math.round(prediction.upperMs)
      ? [{ before, after: prediction }]
      : [];
  });
}
