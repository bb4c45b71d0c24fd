import { Agent, request, type IncomingMessage } from 'node:http';
import { isObject, objectAt, objectsAt, textAt, type JsonObject } from './json.ts';
import { failure } from './status.ts';

/** A key with its value and the revision of its last change; revisions are texts, as etcd's JSON gateway gives int64. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: string;
  readonly modRevision: string;
}

export interface Range {
  /** The store's revision when it was read. */
  readonly revision: string;
  readonly kvs: readonly KeyValue[];
}

/** Outcome of a transaction: whether its comparison held, at which revision, and what its read found. */
export interface Txn extends Range {
  readonly succeeded: boolean;
}

export interface Etcd {
  /** Linearizable read of one key or, with `prefix`, of all keys that begin with it. */
  range(key: string, options?: { readonly prefix?: boolean; readonly timeoutMs?: number }): Promise<Range>;
  /** Puts (or with no value deletes) `key` if it was last changed at `modRevision` (`0`: if it does not exist). */
  compareAndSet(key: string, modRevision: string, value: string | undefined): Promise<Txn>;
  /** All changes of keys with this prefix from a revision on; ends when the signal aborts or etcd goes away. */
  watch(prefix: string, fromRevision: string, signal: AbortSignal): AsyncGenerator<WatchMessage>;
}

export interface WatchMessage {
  /** Set when the revision asked for is no longer in the store. */
  readonly compactRevision?: string;
  readonly events: readonly { readonly type: 'put' | 'delete'; readonly kv: KeyValue; readonly previous?: KeyValue }[];
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

/** The first key after all that begin with `prefix`; our prefixes end with `/`. */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCodePoint((prefix.codePointAt(prefix.length - 1) ?? 0) + 1);
}

function keyValue(kv: JsonObject): KeyValue {
  return {
    key: decode(textAt(kv, 'key')),
    value: decode(textAt(kv, 'value')),
    createRevision: textAt(kv, 'create_revision') || '0',
    modRevision: textAt(kv, 'mod_revision') || '0',
  };
}

function rangeOf(answer: JsonObject, header: JsonObject): Range {
  return {
    revision: textAt(objectAt(header, 'header'), 'revision') || '0',
    kvs: objectsAt(answer, 'kvs').map(keyValue),
  };
}

function parseJson(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (isObject(value)) return value;
  throw new Error('the answer is not a JSON object');
}

const defaultTimeoutMs = 7000;

/** Speaks to etcd through its JSON gateway, which maps the gRPC API on HTTP (etcd.io/docs, "gRPC gateway"). */
export function createEtcd(endpoint: URL): Etcd {
  const pooled = new Agent({ keepAlive: true, maxSockets: 64 });
  // A watch keeps its connection: in the pool, 64 of them would leave none for /readyz to ask with.
  const unbounded = new Agent();

  const post = (path: string, body: JsonObject, signal: AbortSignal, agent = pooled): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request(new URL(path, endpoint), { method: 'POST', agent, signal })
        .on('response', resolve)
        .on('error', reject)
        .end(JSON.stringify(body));
    });

  const call = async (path: string, body: JsonObject, timeoutMs = defaultTimeoutMs): Promise<JsonObject> => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await post(path, body, signal);
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
      const answer = parseJson(text);
      if (response.statusCode !== 200) throw new Error(textAt(answer, 'error') || `status ${response.statusCode}`);
      return answer;
    } catch (error) {
      if (signal.aborted) throw failure('Timeout', `etcd: no answer within ${timeoutMs} ms`);
      throw failure('InternalError', `etcd: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  return {
    async range(key, { prefix = false, timeoutMs } = {}) {
      const end = prefix ? { range_end: encode(prefixEnd(key)) } : {};
      const answer = await call('/v3/kv/range', { key: encode(key), ...end }, timeoutMs);
      return rangeOf(answer, answer);
    },
    async compareAndSet(key, modRevision, value) {
      const change =
        value === undefined
          ? { request_delete_range: { key: encode(key) } }
          : { request_put: { key: encode(key), value: encode(value) } };
      const answer = await call('/v3/kv/txn', {
        compare: [{ key: encode(key), target: 'MOD', result: 'EQUAL', mod_revision: modRevision }],
        success: [change],
        failure: [{ request_range: { key: encode(key) } }],
      });
      const [response = {}] = objectsAt(answer, 'responses');
      return { ...rangeOf(objectAt(response, 'response_range'), answer), succeeded: answer['succeeded'] === true };
    },
    async *watch(prefix, fromRevision, signal) {
      const create_request = {
        key: encode(prefix),
        range_end: encode(prefixEnd(prefix)),
        start_revision: fromRevision,
        prev_kv: true,
      };
      const response = await post('/v3/watch', { create_request }, signal, unbounded);
      for await (const line of lines(response)) {
        const result = objectAt(parseJson(line), 'result');
        const compactRevision = textAt(result, 'compact_revision');
        const events = objectsAt(result, 'events').map((event) => ({
          type: textAt(event, 'type') === 'DELETE' ? ('delete' as const) : ('put' as const),
          kv: keyValue(objectAt(event, 'kv')),
          ...(isObject(event['prev_kv']) ? { previous: keyValue(event['prev_kv']) } : {}),
        }));
        yield { events, ...(compactRevision === '' ? {} : { compactRevision }) };
        if (result['canceled'] === true) return;
      }
    },
  };
}

/** Lines of a stream; one that is still growing when the stream ends is not given. */
async function* lines(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
}
