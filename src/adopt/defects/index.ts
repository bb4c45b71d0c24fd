import { balancingDefects } from './balancing.ts';
import { checkDefects } from './checks.ts';
import type { Defect } from './defect.ts';
import { disagreementDefects } from './disagreement.ts';
import { electionDefects } from './election.ts';
import { endpointDefects } from './endpoint.ts';
import { fileDefects } from './files.ts';
import { operationDefects } from './operation.ts';
import { passingDefects } from './passing.ts';
import { startDefects } from './start.ts';
import { trackingDefects } from './tracking.ts';

/** Every defect, in the order of the reference (docs/reference/import.md). */
export const defects: readonly Defect[] = [
  ...startDefects,
  ...disagreementDefects,
  ...trackingDefects,
  ...checkDefects,
  ...electionDefects,
  ...passingDefects,
  ...balancingDefects,
  ...endpointDefects,
  ...fileDefects,
  ...operationDefects,
];
