import { balancingDefects } from './balancing.ts';
import { checkDefects } from './checks.ts';
import type { Defect } from './defect.ts';
import { electionDefects } from './election.ts';
import { operationDefects } from './operation.ts';
import { startDefects } from './start.ts';

/** Every defect, in the order of the reference (docs/reference/import.md). */
export const defects: readonly Defect[] = [
  ...startDefects,
  ...checkDefects,
  ...electionDefects,
  ...balancingDefects,
  ...operationDefects,
];
