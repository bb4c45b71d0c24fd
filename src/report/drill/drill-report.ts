import { isGood, lastAttempts, type DrillResult } from '../../drill/result.ts';
import { drillMarkdown } from './drill-markdown.ts';
import { drillHtml } from '../html/drill.ts';

/** The files of a drill's report, by name. */
export function drillReport(cluster: string, results: readonly DrillResult[]): Readonly<Record<string, string>> {
  return {
    'report.json': `${JSON.stringify({ cluster, good: lastAttempts(results).every(isGood), results }, undefined, 1)}\n`,
    'report.md': drillMarkdown(cluster, results),
    'report.html': drillHtml(cluster, results),
  };
}
