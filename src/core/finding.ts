import type { Severity } from './findings/entry.ts';
import type { FindingId } from './findings/index.ts';

export type { Severity } from './findings/entry.ts';
export type { FindingId } from './findings/index.ts';

/** Where in a text a finding points; lines and columns count from 1, `length` is in characters. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The line itself, for the caret. */
  readonly text: string;
}

/** One thing that is wrong or worth saying, with its place, reason and remedy. */
export interface Finding {
  /** What kind of finding it is, e.g. `vip-is-node-address`; `k8s-ha explain` tells of each. */
  readonly rule: FindingId;
  readonly severity: Severity;
  /** One sentence that says what is wrong, with the offending value in it. */
  readonly message: string;
  /** Why it matters: what would happen if it stayed. */
  readonly reason?: string;
  /** What to do; an imperative sentence. */
  readonly suggestion?: string;
  /** Path in the cluster file, e.g. `['nodes', 1, 'address']`; load turns it into a position. */
  readonly path?: readonly (string | number)[];
  readonly position?: Position;
  /** The node that the finding was made on, for findings from real machines. */
  readonly node?: string;
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}
