import { describe, expect, it } from 'vitest';
import type { Etcd, KeyValue } from '../../../src/lab/api-server/etcd.ts';
import { objectAt, textAt, type JsonObject } from '../../../src/lab/api-server/json.ts';
import { parseTarget } from '../../../src/lab/api-server/kinds.ts';
import { statusOf } from '../../../src/lab/api-server/status.ts';
import { createStore } from '../../../src/lab/api-server/store.ts';
import { selectItems, watchEvent } from '../../../src/lab/api-server/watch.ts';

/** An etcd in memory: revisions as the real one counts them. */
function fakeEtcd(): Etcd {
  const kvs = new Map<string, KeyValue>();
  let revision = 1;
  return {
    range: (key, { prefix = false } = {}) =>
      Promise.resolve({
        revision: String(revision),
        kvs: [...kvs.values()].filter((kv) => (prefix ? kv.key.startsWith(key) : kv.key === key)),
      }),
    compareAndSet: (key, modRevision, value) => {
      const before = kvs.get(key);
      const succeeded = (before?.modRevision ?? '0') === modRevision;
      if (succeeded) {
        revision += 1;
        if (value === undefined) kvs.delete(key);
        else
          kvs.set(key, {
            key,
            value,
            createRevision: before?.createRevision ?? String(revision),
            modRevision: String(revision),
          });
      }
      return Promise.resolve({ succeeded, revision: String(revision), kvs: before ? [before] : [] });
    },
    watch: () => {
      throw new Error('not in this fake');
    },
  };
}

const all = { ...target('/api/v1/namespaces/default/configmaps'), namespace: 'default' };
const one = { ...all, name: 'a' };

function target(path: string) {
  const found = parseTarget(path);
  if (!found) throw new Error(`no target ${path}`);
  return found;
}

function metadataOf(object: JsonObject): JsonObject {
  return objectAt(object, 'metadata');
}

function revisionOf(object: JsonObject): string {
  return textAt(metadataOf(object), 'resourceVersion');
}

function body(metadata: JsonObject, data: JsonObject = {}): string {
  return JSON.stringify({ metadata, data });
}

async function reasonOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const { code, reason } = statusOf(error);
  return `${code} ${String(reason)}`;
}

function namesOf(list: JsonObject): readonly unknown[] {
  const items = list['items'];
  return Array.isArray(items) ? items.map((item: JsonObject) => metadataOf(item)['name']) : [];
}

describe('the store', () => {
  it('creates an object with an identity, and reads it back', async () => {
    const store = createStore(fakeEtcd());
    const created = await store.create(all, body({ name: 'a' }, { x: '1' }));
    expect(created).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'a', namespace: 'default', resourceVersion: '2' },
    });
    expect(textAt(metadataOf(created), 'uid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await store.read(one)).toEqual(created);
  });

  it('refuses to create what exists, to read what does not, and names that are none', async () => {
    const store = createStore(fakeEtcd());
    await store.create(all, body({ name: 'a' }));
    expect(await reasonOf(store.create(all, body({ name: 'a' })))).toBe('409 AlreadyExists');
    expect(await reasonOf(store.read({ ...one, name: 'b' }))).toBe('404 NotFound');
    expect(await reasonOf(store.create(all, body({ name: 'A/B' })))).toBe('422 Invalid');
    expect(await reasonOf(store.create(all, body({ name: 'b', namespace: 'other' })))).toBe('400 BadRequest');
    expect(await reasonOf(store.create(all, 'not json'))).toBe('400 BadRequest');
  });

  it('replaces only the version that the client has seen', async () => {
    const store = createStore(fakeEtcd());
    const created = await store.create(all, body({ name: 'a' }, { x: '1' }));
    const replaced = await store.replace(one, body({ name: 'a', resourceVersion: revisionOf(created) }, { x: '2' }));
    expect(replaced).toMatchObject({ data: { x: '2' }, metadata: { uid: metadataOf(created)['uid'] } });
    expect(Number(revisionOf(replaced))).toBeGreaterThan(Number(revisionOf(created)));
    expect(await reasonOf(store.replace(one, body({ name: 'a', resourceVersion: revisionOf(created) })))).toBe(
      '409 Conflict',
    );
    expect(await store.replace(one, body({ name: 'a' }, { x: '3' }))).toMatchObject({ data: { x: '3' } });
  });

  it('deletes, honouring a precondition', async () => {
    const store = createStore(fakeEtcd());
    await store.create(all, body({ name: 'a' }));
    expect(await reasonOf(store.delete(one, '{"preconditions":{"resourceVersion":"99"}}'))).toBe('409 Conflict');
    await store.delete(one, '');
    expect(await reasonOf(store.delete(one, ''))).toBe('404 NotFound');
  });

  it("lists one namespace or all, at the store's revision", async () => {
    const store = createStore(fakeEtcd());
    await store.create(all, body({ name: 'a' }));
    await store.create({ ...all, namespace: 'other' }, body({ name: 'b' }));
    expect(namesOf(await store.list(all))).toEqual(['a']);
    const everything = await store.list(target('/api/v1/configmaps'));
    expect(namesOf(everything)).toEqual(['a', 'b']);
    expect(everything).toMatchObject({ kind: 'ConfigMapList', metadata: { resourceVersion: '3' } });
    const selected = selectItems(everything, new URLSearchParams('fieldSelector=metadata.name%3Db'));
    expect(namesOf(selected)).toEqual(['b']);
  });
});

describe('watch events', () => {
  const kv = { key: 'k', value: '{"data":{"x":"1"}}', createRevision: '5', modRevision: '5' };

  it('tell a new object from a changed one, with the revision of the change', () => {
    expect(watchEvent({ type: 'put', kv })).toEqual({
      type: 'ADDED',
      object: { data: { x: '1' }, metadata: { resourceVersion: '5' } },
    });
    expect(watchEvent({ type: 'put', kv: { ...kv, modRevision: '7' } })).toMatchObject({ type: 'MODIFIED' });
  });

  it('give a deleted object as it last was, with the revision of its deletion', () => {
    expect(watchEvent({ type: 'delete', kv: { ...kv, value: '', modRevision: '9' }, previous: kv })).toEqual({
      type: 'DELETED',
      object: { data: { x: '1' }, metadata: { resourceVersion: '9' } },
    });
  });
});
