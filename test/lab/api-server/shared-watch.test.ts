import { describe, expect, test } from 'vitest';
import type { Etcd, WatchMessage } from '../../../src/lab/api-server/etcd.ts';
import { shareWatches } from '../../../src/lab/api-server/shared-watch.ts';

/** What a watch of etcd has told, and what ends it. */
interface Asked {
  readonly prefix: string;
  readonly from: string;
  readonly signal: AbortSignal;
  tell(message: WatchMessage): void;
  end(failure?: Error): void;
}

function refuse(): never {
  throw new Error('not in this fake');
}

/** An etcd of which only watches are asked. */
function watched(): { readonly etcd: Etcd; readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  const watch: Etcd['watch'] = async function* (prefix, from, signal) {
    const queue: (WatchMessage | Error | undefined)[] = [];
    let wake: (() => void) | undefined;
    const put = (entry: WatchMessage | Error | undefined): void => {
      queue.push(entry);
      wake?.();
    };
    signal.addEventListener('abort', () => put(undefined));
    asked.push({ prefix, from, signal, tell: put, end: put });
    for (;;) {
      while (queue.length > 0) {
        const next = queue.shift();
        if (next === undefined) return;
        if (next instanceof Error) throw next;
        yield next;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { etcd: { range: refuse, compareAndSet: refuse, watch }, asked };
}

function put(revision: number): WatchMessage {
  const at = String(revision);
  return {
    events: [{ type: 'put', kv: { key: '/registry/leases/a', value: '{}', createRevision: at, modRevision: at } }],
  };
}

/** A client that notes the revisions of which it hears. */
function client(etcd: Etcd, from: number) {
  const leaving = new AbortController();
  const heard: string[] = [];
  const ended = (async () => {
    for await (const { events, compactRevision } of etcd.watch('/registry/leases/', String(from), leaving.signal))
      heard.push(...events.map(({ kv }) => kv.modRevision), ...(compactRevision === undefined ? [] : ['compacted']));
  })().then(
    () => 'ended',
    (error: unknown) => String(error),
  );
  return { heard, ended, leave: () => leaving.abort() };
}

/** Until all that can go on has gone on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('watches of the same', () => {
  test('are one watch of etcd, and each hears every change from its revision on', async () => {
    const { etcd, asked } = watched();
    const shared = shareWatches(etcd);
    const first = client(shared, 5);
    await settle();
    for (const revision of [5, 6, 7]) asked[0]?.tell(put(revision));
    await settle();
    const late = client(shared, 7);
    const now = client(shared, 8);
    await settle();
    asked[0]?.tell(put(8));
    await settle();
    expect(first.heard).toEqual(['5', '6', '7', '8']);
    expect(late.heard).toEqual(['7', '8']);
    expect(now.heard).toEqual(['8']);
    expect(asked.map(({ prefix, from }) => `${prefix} ${from}`)).toEqual(['/registry/leases/ 5']);
  });

  test('have etcd tell what came before it is remembered', async () => {
    const { etcd, asked } = watched();
    const shared = shareWatches(etcd);
    client(shared, 5);
    client(shared, 4);
    await settle();
    expect(asked.map(({ from }) => from)).toEqual(['5', '4']);
    for (let revision = 5; revision < 1006; revision += 1) asked[0]?.tell(put(revision));
    await settle();
    const forgotten = client(shared, 5);
    const remembered = client(shared, 6);
    await settle();
    expect(asked.map(({ from }) => from)).toEqual(['5', '4', '5']);
    expect(forgotten.heard).toEqual([]);
    expect(remembered.heard).toHaveLength(1000);
  });

  test('end with etcd, with what it said, and begin anew', async () => {
    const { etcd, asked } = watched();
    const shared = shareWatches(etcd);
    const clients = [client(shared, 5), client(shared, 5)];
    await settle();
    asked[0]?.end(new Error('etcd is gone'));
    expect(await Promise.all(clients.map(async ({ ended }) => ended))).toEqual(
      clients.map(() => 'Error: etcd is gone'),
    );
    const again = client(shared, 6);
    await settle();
    asked[1]?.tell({ events: [], compactRevision: '9' });
    asked[1]?.end();
    expect(await again.ended).toBe('ended');
    expect(again.heard).toEqual(['compacted']);
  });

  test('leave etcd alone once nobody watches', async () => {
    const { etcd, asked } = watched();
    const shared = shareWatches(etcd);
    const [one, other] = [client(shared, 5), client(shared, 5)];
    await settle();
    one.leave();
    await settle();
    expect(asked[0]?.signal.aborted).toBe(false);
    asked[0]?.tell(put(5));
    await settle();
    expect(other.heard).toEqual(['5']);
    expect(one.heard).toEqual([]);
    other.leave();
    expect(await other.ended).toBe('ended');
    expect(asked[0]?.signal.aborted).toBe(true);
    client(shared, 7);
    await settle();
    expect(asked.map(({ from }) => from)).toEqual(['5', '7']);
  });
});
