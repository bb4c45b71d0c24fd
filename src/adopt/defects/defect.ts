import type { Finding, Position, Severity } from '../../core/finding.ts';
import type { DefectId } from '../../core/findings/index.ts';
import type { Setup } from '../setup.ts';

/** What k8s-ha reaches for the same nodes, in milliseconds: findings say what would change. */
export interface Ours {
  readonly nodeLossMs: number;
  readonly haproxyKilledMs: number;
  readonly haproxyHungMs: number;
  readonly apiServerHungMs: number;
}

/** One thing that is wrong with set-ups that people use. Its `why` becomes a section of docs/reference/import.md. */
export interface Defect {
  readonly id: DefectId;
  readonly severity: Severity;
  readonly title: string;
  readonly why: string;
  readonly check: (setup: Setup, ours: Ours) => readonly Said[];
}

/** What a defect says in one place. */
export interface Said extends Pick<Finding, 'message' | 'reason' | 'suggestion'> {
  readonly position: Position;
  readonly suggestion: string;
}

/** One defect's findings: nodes that share a file say the same thing once. */
export function findingsOf({ id, severity, check }: Defect, setup: Setup, ours: Ours): Finding[] {
  const seen = new Set<string>();
  return check(setup, ours)
    .filter(({ position, message }) => {
      const key = `${position.file}:${position.line}:${position.column}:${message}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .map((said) => ({ rule: id, severity, ...said }));
}
