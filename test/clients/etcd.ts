import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';

interface Kv {
  readonly key: string;
  readonly value: string;
  readonly create_revision: string;
  readonly mod_revision: string;
}

const span = z.object({ key: z.string(), range_end: z.string().optional() });
type Span = z.infer<typeof span>;

const txnRequest = z.object({
  compare: z.tuple([z.object({ key: z.string(), mod_revision: z.string() })]),
  success: z.tuple([z.object({ request_put: z.object({ value: z.string() }).optional() })]),
});
type Txn = z.infer<typeof txnRequest>;

const watchRequest = z.object({ create_request: span });

interface Event {
  readonly type?: 'DELETE';
  readonly kv: Kv;
  readonly prev_kv?: Kv;
}

export interface MemoryEtcd {
  readonly server: Server;
  /** Has lost every key, as no etcd may. */
  readonly forget: () => void;
}

/** As much of etcd's JSON gateway, in memory, as the stand-in API server asks for: one member that always agrees with itself. */
export function memoryEtcd(): MemoryEtcd {
  const kvs = new Map<string, Kv>();
  const watchers = new Set<(event: Event) => void>();
  let revision = 1;
  const header = (): { readonly header: { readonly revision: string } } => ({ header: { revision: String(revision) } });

  const range = ({ key, range_end }: Span): readonly Kv[] =>
    [...kvs.values()].filter((kv) => (range_end === undefined ? kv.key === key : isWithin(kv.key, key, range_end)));

  const txn = ({ compare: [{ key, mod_revision }], success: [{ request_put }] }: Txn): unknown => {
    const before = kvs.get(key);
    if ((before?.mod_revision ?? '0') !== mod_revision)
      return { ...header(), responses: [{ response_range: { kvs: before ? [before] : [] } }] };
    revision += 1;
    const now = String(revision);
    const kv = {
      key,
      value: request_put?.value ?? '',
      create_revision: before?.create_revision ?? now,
      mod_revision: now,
    };
    if (request_put) kvs.set(key, kv);
    else kvs.delete(key);
    const event: Event = { ...(request_put ? {} : { type: 'DELETE' }), kv, ...(before ? { prev_kv: before } : {}) };
    for (const tell of watchers) tell(event);
    return { ...header(), succeeded: true };
  };

  const watch = ({ key, range_end = '' }: Span, response: ServerResponse): void => {
    const tell = (event: Event): void => {
      if (isWithin(event.kv.key, key, range_end))
        response.write(`${JSON.stringify({ result: { ...header(), events: [event] } })}\n`);
    };
    response.flushHeaders();
    watchers.add(tell);
    response.on('close', () => watchers.delete(tell));
  };

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.url === '/v3/watch') watch(watchRequest.parse(body).create_request, response);
      else if (request.url === '/v3/kv/txn') response.end(JSON.stringify(txn(txnRequest.parse(body))));
      else response.end(JSON.stringify({ ...header(), kvs: range(span.parse(body)) }));
    });
  });
  return { server, forget: () => kvs.clear() };
}

/** Keys are compared as the bytes that they stand for. */
function isWithin(key: string, from: string, to: string): boolean {
  const bytes = Buffer.from(key, 'base64');
  return bytes.compare(Buffer.from(from, 'base64')) >= 0 && bytes.compare(Buffer.from(to, 'base64')) < 0;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return JSON.parse(text);
}
