/**
 * One operation on the register: an object that several clients write and read at once, as etcd's robustness tests do. Times
 * are milliseconds of one monotonic clock.
 */
export interface RegisterOp {
  readonly what: 'read' | 'write';
  /** What was written or read; every write has a value of its own. */
  readonly value: string;
  readonly sentMs: number;
  readonly doneMs: number;
  /** A write that was not acknowledged may have happened, then or later. Reads without an answer are left out. */
  readonly acknowledged: boolean;
}

/** What became of the register while something was broken. */
export interface RegisterAudit {
  /** Reads that were answered and writes that were acknowledged. */
  readonly operations: number;
  /** What no single copy could have answered, as a sentence; undefined where everything is linearizable. */
  readonly violation?: string | undefined;
}

export function auditRegister(operations: readonly RegisterOp[]): RegisterAudit {
  return {
    operations: operations.filter(({ acknowledged }) => acknowledged).length,
    violation: violationOf(operations),
  };
}

/**
 * Why the operations are not linearizable: no order of them, in which each happens between its sending and its end, has every
 * read return the last value written. With values written once this is a matter of intervals: each value is current at least
 * from the first end to the last beginning of its operations (its zone). Gibbons and Korach, Testing Shared Memories, SIAM
 * Journal on Computing 26 (1997).
 */
export function violationOf(operations: readonly RegisterOp[]): string | undefined {
  const zones: Zone[] = [];
  for (const [value, same] of byValue(operations)) {
    const write = same.find(({ what }) => what === 'write');
    if (!write) return `${value} was read and never written`;
    const early = same.find(({ doneMs }) => doneMs < write.sentMs);
    if (early) return `${value} was read ${ms(write.sentMs - early.doneMs)} before it was written`;
    const zone = zoneOf(value, same);
    if (zone) zones.push(zone);
  }
  return clashOf(zones);
}

function byValue(operations: readonly RegisterOp[]): ReadonlyMap<string, readonly RegisterOp[]> {
  const groups = new Map<string, RegisterOp[]>();
  for (const operation of operations) {
    const group = groups.get(operation.value) ?? [];
    group.push(operation);
    groups.set(operation.value, group);
  }
  return groups;
}

interface Zone {
  readonly value: string;
  /** When its first operation ended: it is current then, or was. */
  readonly fromMs: number;
  /** When its last operation began: it is current then, or will be. Before `fromMs` where all of them overlap. */
  readonly toMs: number;
}

/** Undefined for a write that was not acknowledged and never read: it need not have happened. */
function zoneOf(value: string, operations: readonly RegisterOp[]): Zone | undefined {
  const ends = operations.filter(({ acknowledged }) => acknowledged).map(({ doneMs }) => doneMs);
  if (ends.length === 0) return undefined;
  return { value, fromMs: Math.min(...ends), toMs: Math.max(...operations.map(({ sentMs }) => sentMs)) };
}

function clashOf(zones: readonly Zone[]): string | undefined {
  const current = zones.filter(({ fromMs, toMs }) => fromMs < toMs).toSorted((a, b) => a.fromMs - b.fromMs);
  for (const [at, zone] of current.entries()) {
    const next = current[at + 1];
    if (next && next.fromMs < zone.toMs)
      return `${zone.value} was current again ${ms(zone.toMs - next.fromMs)} after ${next.value} was`;
  }
  for (const { value, fromMs, toMs } of zones) {
    if (fromMs < toMs) continue;
    // The zones that stand for a current value do not overlap, so at most the last one that began before can hold this one.
    const around = current.findLast((zone) => zone.fromMs < toMs);
    if (around && fromMs < around.toMs) return `${around.value} was current before ${value} was, and after it`;
  }
  return undefined;
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}
