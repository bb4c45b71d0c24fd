import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

interface Kv {
  readonly key: string;
  readonly value: string;
  readonly create_revision: string;
  readonly mod_revision: string;
}

type Fields = Readonly<Record<string, string>>;

interface Txn {
  readonly compare: readonly [{ readonly key: string; readonly mod_revision: string }];
  readonly success: readonly [{ readonly request_put?: Fields; readonly request_delete_range?: Fields }];
}

/** As much of etcd's JSON gateway, in memory, as the stand-in API server asks for: one member that always agrees with itself. */
export function memoryEtcd(): Server {
  const kvs = new Map<string, Kv>();
  const watchers = new Set<(event: Readonly<Record<string, unknown>>) => void>();
  let revision = 1;
  const header = (): { readonly header: Fields } => ({ header: { revision: String(revision) } });

  const range = ({ key = '', range_end }: Fields): readonly Kv[] =>
    [...kvs.values()].filter((kv) => (range_end === undefined ? kv.key === key : isWithin(kv.key, key, range_end)));

  const txn = ({ compare: [{ key, mod_revision }], success: [{ request_put }] }: Txn): unknown => {
    const before = kvs.get(key);
    if ((before?.mod_revision ?? '0') !== mod_revision)
      return { ...header(), responses: [{ response_range: { kvs: before ? [before] : [] } }] };
    revision += 1;
    const now = String(revision);
    const kv = {
      key,
      value: request_put?.['value'] ?? '',
      create_revision: before?.create_revision ?? now,
      mod_revision: now,
    };
    if (request_put) kvs.set(key, kv);
    else kvs.delete(key);
    const event = { ...(request_put ? {} : { type: 'DELETE' }), kv, ...(before ? { prev_kv: before } : {}) };
    for (const tell of watchers) tell(event);
    return { ...header(), succeeded: true };
  };

  const watch = ({ key = '', range_end = '' }: Fields, response: ServerResponse): void => {
    const tell = (event: Readonly<Record<string, unknown>>): void =>
      void response.write(`${JSON.stringify({ result: { ...header(), events: [event] } })}\n`);
    const mine = (event: Readonly<Record<string, unknown>>): void => {
      const { kv } = event as { readonly kv: Kv };
      if (isWithin(kv.key, key, range_end)) tell(event);
    };
    response.flushHeaders();
    watchers.add(mine);
    response.on('close', () => watchers.delete(mine));
  };

  return createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.url === '/v3/watch') watch(body['create_request'] as Fields, response);
      else if (request.url === '/v3/kv/txn') response.end(JSON.stringify(txn(body as unknown as Txn)));
      else response.end(JSON.stringify({ ...header(), kvs: range(body as Fields) }));
    });
  });
}

/** Keys are compared as the bytes that they stand for. */
function isWithin(key: string, from: string, to: string): boolean {
  const [bytes, first, end] = [key, from, to].map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer, Buffer];
  return bytes.compare(first) >= 0 && bytes.compare(end) < 0;
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
