import type { Etcd, WatchMessage } from './etcd.ts';

/** So many changes are remembered for watches that begin in the past. */
const remembered = 1000;

interface Change {
  /** Of the last event in it. */
  readonly revision: bigint;
  readonly message: WatchMessage;
  next?: Change;
}

/** What etcd tells of the keys with one prefix, to all who watch them. */
interface Channel {
  /** Every change after its revision is among those that follow it. */
  first: Change;
  last: Change;
  count: number;
  over: boolean;
  failure?: unknown;
  readonly readers: Set<() => void>;
  readonly closing: AbortController;
}

/**
 * One watch of etcd for all who watch the same, as a real API server has it. With one for each client, two hundred clients cost etcd and
 * the API servers more than everything else that they do.
 */
export function shareWatches(etcd: Etcd): Etcd {
  const channels = new Map<string, Channel>();
  return {
    ...etcd,
    watch: (prefix, fromRevision, signal) => {
      const from = BigInt(fromRevision);
      const channel = channels.get(prefix) ?? open(prefix, from);
      // What came before it remembers, etcd has to tell.
      return from > channel.first.revision ? read(channel, from, signal) : etcd.watch(prefix, fromRevision, signal);
    },
  };

  function open(prefix: string, from: bigint): Channel {
    const start: Change = { revision: from - 1n, message: { events: [] } };
    const closing = new AbortController();
    const channel: Channel = { first: start, last: start, count: 0, over: false, readers: new Set(), closing };
    channels.set(prefix, channel);
    // Who comes after the last one has left, or after etcd has ended it, gets another.
    const forget = (): void => {
      if (channels.get(prefix) === channel) channels.delete(prefix);
    };
    closing.signal.addEventListener('abort', forget);
    void follow(channel, etcd.watch(prefix, String(from), closing.signal)).finally(forget);
    return channel;
  }
}

async function follow(channel: Channel, messages: AsyncIterable<WatchMessage>): Promise<void> {
  try {
    for await (const message of messages)
      if (message.events.length > 0 || message.compactRevision !== undefined) add(channel, message);
  } catch (error) {
    channel.failure = error;
  }
  channel.over = true;
  tell(channel);
}

function add(channel: Channel, message: WatchMessage): void {
  const revision = BigInt(message.events.at(-1)?.kv.modRevision ?? channel.last.revision);
  const change: Change = { revision, message };
  channel.last.next = change;
  channel.last = change;
  channel.count += 1;
  if (channel.count > remembered && channel.first.next) {
    channel.first = channel.first.next;
    channel.count -= 1;
  }
  tell(channel);
}

function tell({ readers }: Channel): void {
  for (const wake of readers) wake();
}

async function* read(channel: Channel, from: bigint, signal: AbortSignal): AsyncGenerator<WatchMessage> {
  let wake: (() => void) | undefined;
  const woken = (): void => wake?.();
  channel.readers.add(woken);
  signal.addEventListener('abort', woken);
  let at = channel.first;
  while (at.next && at.next.revision < from) at = at.next;
  try {
    while (!signal.aborted) {
      if (at.next) {
        at = at.next;
        yield at.message;
      } else if (channel.over) {
        if (channel.failure !== undefined) throw channel.failure;
        return;
      } else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    channel.readers.delete(woken);
    signal.removeEventListener('abort', woken);
    if (channel.readers.size === 0) channel.closing.abort();
  }
}
