import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Etcd } from './etcd.ts';
import type { createHealth } from './health.ts';
import type { JsonObject } from './json.ts';
import { discovery, isName, parseTarget, type Target } from './kinds.ts';
import { failure, statusOf } from './status.ts';
import type { Store } from './store.ts';
import { selectItems, serveWatch } from './watch.ts';

const bodyLimit = 1_500_000;

async function readBody(request: IncomingMessage): Promise<string> {
  // Newer kubectl sends protobuf for some commands; `kubectl create -f` and everything else sends JSON.
  if ((request.headers['content-type'] ?? '').includes('protobuf'))
    throw failure('UnsupportedMediaType', 'the stand-in API server reads JSON only: use kubectl create -f');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw failure('RequestEntityTooLarge', `the body is larger than ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  const text = `${JSON.stringify(body)}\n`;
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

const version = {
  major: '0',
  minor: '0',
  gitVersion: 'v0.0.0-stand-in',
  gitTreeState: 'k8s-ha lab stand-in, not Kubernetes',
  platform: 'linux',
};

export interface Parts {
  readonly node: string;
  readonly etcd: Etcd;
  readonly store: Store;
  readonly health: ReturnType<typeof createHealth>;
}

/** Answers one request. It never rejects: what goes wrong becomes a `Status`. */
export function createHandler(parts: Parts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('server', 'k8s-ha-lab-stand-in');
    response.setHeader('x-served-by', parts.node);
    try {
      await route(parts, request, response);
    } catch (error) {
      const status = statusOf(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, status.code, status);
    }
  };
}

async function route(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = parseUrl(request.url ?? '/');
  const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
  if (path === '/livez' || path === '/readyz' || path === '/healthz') {
    const { status, body } = await parts.health(path, searchParams.has('verbose'), searchParams.getAll('exclude'));
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) }).end(body);
    return;
  }
  if (path === '/version') return sendJson(response, 200, version);
  const found = discovery(path);
  if (found) return sendJson(response, 200, found);
  const target = parseTarget(path);
  if (!target) throw failure('NotFound', `the stand-in API server has no ${path}`);
  await serveResource(parts, target, { request, response, query: searchParams });
}

function parseUrl(url: string): URL {
  if (URL.canParse(url, 'https://localhost')) return new URL(url, 'https://localhost');
  throw failure('BadRequest', 'the request has no readable path');
}

async function serveResource(
  { etcd, store }: Parts,
  target: Target,
  { request, response, query }: { request: IncomingMessage; response: ServerResponse; query: URLSearchParams },
): Promise<void> {
  const { namespace, name } = target;
  for (const part of [namespace, name])
    if (part !== undefined && !isName(part)) throw failure('BadRequest', `"${part}" is not a valid name`);
  const isWatch = ['1', 'true'].includes(query.get('watch') ?? '');
  const refuse = (): never => {
    throw failure('MethodNotAllowed', `the stand-in API server does not support ${request.method} here`);
  };
  if (name === undefined) {
    if (request.method === 'GET' && isWatch)
      return serveWatch(response, { etcd, store, target, query: checked(query) });
    if (request.method === 'GET') return sendJson(response, 200, selectItems(await store.list(target), query));
    if (request.method !== 'POST' || namespace === undefined) return refuse();
    return sendJson(response, 201, await store.create({ ...target, namespace }, await readBody(request)));
  }
  if (namespace === undefined) return refuse();
  const one = { ...target, namespace, name };
  if (request.method === 'GET') return sendJson(response, 200, await store.read(one));
  if (request.method === 'PUT') return sendJson(response, 200, await store.replace(one, await readBody(request)));
  if (request.method === 'DELETE') return sendJson(response, 200, await store.delete(one, await readBody(request)));
  return refuse();
}

function checked(query: URLSearchParams): URLSearchParams {
  const revision = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(revision)) throw failure('BadRequest', `resourceVersion "${revision}" is not a number`);
  return query;
}
