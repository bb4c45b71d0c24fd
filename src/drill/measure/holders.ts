/** A node got an address or lost it. Times are on the drill's one clock, the operator's monotonic one. */
export interface AddressChange {
  readonly atMs: number;
  readonly node: string;
  readonly held: boolean;
}

/** What is known of one node's addresses during a drill. */
export interface NodeRecord {
  readonly node: string;
  /** It had the VIP when the record began. */
  readonly heldAtStart: boolean;
  readonly changes: readonly AddressChange[];
  /** Nothing is known of the node from here on: its power was taken. */
  readonly untilMs?: number;
  /** How far the times may be off. */
  readonly errorMs: number;
}

/** A span in which the VIP had these holders. */
export interface HolderSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly holders: readonly string[];
}

export interface HolderTimeline {
  readonly spans: readonly HolderSpan[];
  /** All time with two or more holders. */
  readonly twoMs: number;
  /** The longest time without a holder. */
  readonly noneMs: number;
  readonly errorMs: number;
  /** Nodes whose record could not be had, and why. */
  readonly unknown: Readonly<Record<string, string>>;
}

/** Merges the nodes' records into one timeline. */
export function timelineOf(
  records: readonly NodeRecord[],
  unknown: Readonly<Record<string, string>>,
  fromMs: number,
  toMs: number,
): HolderTimeline {
  const ends = records.flatMap(({ node, untilMs }) =>
    untilMs === undefined ? [] : [{ atMs: untilMs, node, held: false }],
  );
  const changes = [...records.flatMap((record) => record.changes), ...ends]
    .filter(({ atMs, node }) => atMs <= (records.find((record) => record.node === node)?.untilMs ?? Infinity))
    .toSorted((a, b) => a.atMs - b.atMs);
  const holders = new Set(records.filter(({ heldAtStart }) => heldAtStart).map(({ node }) => node));
  const spans: HolderSpan[] = [];
  let since = fromMs;
  const close = (atMs: number): void => {
    const clipped = Math.min(Math.max(atMs, fromMs), toMs);
    if (clipped > since) spans.push({ fromMs: since, toMs: clipped, holders: [...holders].toSorted() });
    since = Math.max(since, clipped);
  };
  for (const { atMs, node, held } of changes) {
    if (holders.has(node) === held) continue;
    close(atMs);
    if (held) holders.add(node);
    else holders.delete(node);
  }
  close(toMs);
  const lengths = (wanted: (count: number) => boolean): number[] =>
    spans.filter((span) => wanted(span.holders.length)).map((span) => span.toMs - span.fromMs);
  return {
    spans,
    twoMs: lengths((count) => count > 1).reduce((sum, ms) => sum + ms, 0),
    noneMs: Math.max(0, ...lengths((count) => count === 0)),
    errorMs: Math.max(0, ...records.map(({ errorMs }) => errorMs)),
    unknown,
  };
}
