import type { DrillResult } from '../../drill/result.ts';

/** placeholder until the page is written */
export const drillHtml = (cluster: string, results: readonly DrillResult[]): string => `${cluster} ${results.length}`;
