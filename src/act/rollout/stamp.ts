import type { ClusterState } from '../../cluster/state.ts';

/** Names what a node keeps for a rollback: the time of a change, to the second, in an order that sorting finds again. */
export function stampOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replaceAll(/[-:]/g, '').replace(/\..*/, 'Z');
}

/**
 * A stamp that comes after those of all changes that the nodes remember. The clock of this machine, or of another operator's, may
 * have been ahead then: a rollback would take the change before for the last one.
 */
export function stampAfter(stamp: string, { nodes }: ClusterState): string {
  const last = nodes.reduce(
    (latest, { seen }) =>
      seen.known && (seen.value.lastChange ?? '') > latest ? (seen.value.lastChange ?? '') : latest,
    '',
  );
  if (last < stamp) return stamp;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(last) ?? [];
  const lastMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(lastMs) ? stamp : stampOf(lastMs + 1000);
}
