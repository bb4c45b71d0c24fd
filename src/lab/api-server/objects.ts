import { randomBytes, randomUUID } from 'node:crypto';
import type { KeyValue } from './etcd.ts';
import { isObject, objectAt, textAt, type JsonObject } from './json.ts';
import { isName, type Target } from './kinds.ts';
import { failure } from './status.ts';

/** Reads a request's body as an object of the target's kind; its kind, version and namespace must not contradict the path. */
export function parseObject(body: string, { kind, namespace, name }: Target): JsonObject {
  const object = parseJson(body);
  const metadata = objectAt(object, 'metadata');
  expect('kind', textAt(object, 'kind'), kind.kind);
  expect('apiVersion', textAt(object, 'apiVersion'), kind.apiVersion);
  expect('namespace', textAt(metadata, 'namespace'), namespace);
  if (name !== undefined) expect('name', textAt(metadata, 'name'), name);
  return object;
}

function expect(what: string, said: string, wanted: string | undefined): void {
  if (said !== '' && said !== wanted)
    throw failure('BadRequest', `the ${what} of the object (${said}) does not match the request's (${wanted ?? ''})`);
}

/** Reads a JSON object; an empty body is an empty object. */
export function parseJson(body: string): JsonObject {
  try {
    const value: unknown = body === '' ? {} : JSON.parse(body);
    if (isObject(value)) return value;
  } catch {
    // said below
  }
  throw failure('BadRequest', 'the body is not a JSON object');
}

/** The object as it is stored for the first time: named, with identity and time of creation. */
export function newObject(object: JsonObject, { kind, namespace }: Target): JsonObject {
  const metadata = objectAt(object, 'metadata');
  const prefix = textAt(metadata, 'generateName');
  const name = textAt(metadata, 'name') || (prefix && prefix + randomBytes(3).toString('hex'));
  if (!isName(name)) throw failure('Invalid', `metadata.name: "${name}" is not a lower-case RFC 1123 subdomain`);
  return {
    ...object,
    kind: kind.kind,
    apiVersion: kind.apiVersion,
    metadata: {
      ...metadata,
      name,
      namespace,
      uid: randomUUID(),
      creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      resourceVersion: undefined,
    },
  };
}

/** The object as it replaces `before`: who it is never changes. */
export function replacement(object: JsonObject, before: JsonObject, { kind }: Target): JsonObject {
  const { name, namespace, uid, creationTimestamp } = objectAt(before, 'metadata');
  return {
    ...object,
    kind: kind.kind,
    apiVersion: kind.apiVersion,
    metadata: {
      ...objectAt(object, 'metadata'),
      name,
      namespace,
      uid,
      creationTimestamp,
      resourceVersion: undefined,
    },
  };
}

/** What etcd holds as an object for a client: its resourceVersion is the revision of the key's last change. */
export function storedObject({ value, modRevision }: Pick<KeyValue, 'value' | 'modRevision'>): JsonObject {
  const object = parseJson(value);
  return { ...object, metadata: { ...objectAt(object, 'metadata'), resourceVersion: modRevision } };
}
