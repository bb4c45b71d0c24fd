import { load, type Judge, type Loaded } from '../cluster/file/load.ts';
import { rules } from './index.ts';

/** All rules on one specification. */
export const judge: Judge = (spec, whole) =>
  rules.filter(({ counts = false }) => whole || !counts).flatMap(({ check }) => check(spec));

/** Reads a cluster file and asks every rule: what `k8s-ha check` and all other verbs begin with. */
export function check(text: string, file: string): Loaded {
  return load(text, file, judge);
}
