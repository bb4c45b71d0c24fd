import type { ServerResponse } from 'node:http';
import type { Etcd, WatchMessage } from './etcd.ts';
import { objectAt, objectsAt, textAt, type JsonObject } from './json.ts';
import { keyPrefix, type Target } from './kinds.ts';
import { storedObject } from './objects.ts';
import { statusObject } from './status.ts';
import type { Store } from './store.ts';

type EtcdEvent = WatchMessage['events'][number];

/** One line of a Kubernetes watch. A deleted object is given as it last was, with the revision of its deletion. */
export function watchEvent({ type, kv, previous }: EtcdEvent): JsonObject {
  if (type === 'delete')
    return { type: 'DELETED', object: storedObject({ value: previous?.value ?? '{}', modRevision: kv.modRevision }) };
  return { type: kv.createRevision === kv.modRevision ? 'ADDED' : 'MODIFIED', object: storedObject(kv) };
}

interface Line {
  readonly event: JsonObject;
  readonly line: string;
}

function lineOf(event: JsonObject): Line {
  return { event, line: `${JSON.stringify(event)}\n` };
}

/** Made once for all who watch. */
function lineOfEtcd(event: EtcdEvent): Line {
  const made = lines.get(event) ?? lineOf(watchEvent(event));
  lines.set(event, made);
  return made;
}

const lines = new WeakMap<EtcdEvent, Line>();

/** The name that `fieldSelector=metadata.name=x` asks for, as clients that follow one object do. */
function selectedName(query: URLSearchParams): string | undefined {
  return /^metadata\.name==?(.+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
}

function isNamed(object: JsonObject, name: string | undefined): boolean {
  return name === undefined || textAt(objectAt(object, 'metadata'), 'name') === name;
}

/** Items of a list that `query` selects. */
export function selectItems(list: JsonObject, query: URLSearchParams): JsonObject {
  const name = selectedName(query);
  return name === undefined ? list : { ...list, items: objectsAt(list, 'items').filter((item) => isNamed(item, name)) };
}

/**
 * Serves `?watch=1`: changes from `resourceVersion` on, or what is there now (ADDED) and then changes. A revision that etcd
 * has compacted ends the stream with an ERROR event, code 410, and the client lists again.
 */
export async function serveWatch(
  response: ServerResponse,
  { etcd, store, target, query }: { etcd: Etcd; store: Store; target: Target; query: URLSearchParams },
): Promise<void> {
  const ended = new AbortController();
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const timer = seconds > 0 ? setTimeout(() => ended.abort(), seconds * 1000) : undefined;
  response.on('close', () => ended.abort());
  const name = selectedName(query);
  const send = ({ event, line }: Line): void => {
    if (event['type'] === 'ERROR' || isNamed(objectAt(event, 'object'), name)) response.write(line);
  };
  try {
    const asked = query.get('resourceVersion') ?? '';
    const list = asked === '' || asked === '0' ? await store.list(target) : undefined;
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const object of objectsAt(list ?? {}, 'items')) send(lineOf({ type: 'ADDED', object }));
    const revision = list ? textAt(objectAt(list, 'metadata'), 'resourceVersion') : asked;
    for await (const message of etcd.watch(keyPrefix(target), String(BigInt(revision) + 1n), ended.signal)) {
      if (message.compactRevision !== undefined)
        send(
          lineOf({
            type: 'ERROR',
            object: statusObject('Expired', `too old resource version: ${revision} (${message.compactRevision})`),
          }),
        );
      for (const event of message.events) send(lineOfEtcd(event));
    }
  } catch (error) {
    // A stream that has begun can only end; the client watches again from where it was.
    if (!response.headersSent) throw error;
  } finally {
    clearTimeout(timer);
    ended.abort();
    response.end();
  }
}
