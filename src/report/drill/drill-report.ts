import type { DrillSource } from '../../drill/ground.ts';
import { isGood, lastAttempts, type DrillResult } from '../../drill/result.ts';
import { drillMarkdown } from './drill-markdown.ts';
import { drillHtml } from '../html/drill.ts';

/** The files of a drill's report, by name; with `source`, what the drills were made with. */
export function drillReport(
  cluster: string,
  results: readonly DrillResult[],
  source?: DrillSource,
): Readonly<Record<string, string>> {
  return {
    'report.json': `${JSON.stringify({ cluster, good: lastAttempts(results).every(isGood), source, results }, undefined, 1)}\n`,
    'report.md': drillMarkdown(cluster, results, source),
    'report.html': drillHtml(cluster, results, source),
  };
}
