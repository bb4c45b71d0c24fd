import type { Etcd } from './etcd.ts';
import { objectAt, textAt, type JsonObject } from './json.ts';
import { keyPrefix, type Target } from './kinds.ts';
import { newObject, parseJson, parseObject, replacement, storedObject } from './objects.ts';
import { failure } from './status.ts';

/** A target that is one object in one namespace. */
export type ObjectTarget = Target & { readonly namespace: string; readonly name: string };

function keyOf(target: ObjectTarget): string {
  return keyPrefix(target) + target.name;
}

function describe({ kind, name }: ObjectTarget): string {
  return `${kind.plural} "${name}"`;
}

const tries = 5;

/** Kubernetes' verbs on etcd. Each answers only after etcd has committed; every read is linearizable. */
export function createStore(etcd: Etcd) {
  const read = async (target: ObjectTarget): Promise<JsonObject> => {
    const [kv] = (await etcd.range(keyOf(target))).kvs;
    if (!kv) throw failure('NotFound', `${describe(target)} not found`);
    return storedObject(kv);
  };

  /**
   * Changes what is there by comparing and setting. With no `expected` revision the change is made to whatever is there,
   * and tried again when another writer was faster.
   */
  const change = async (
    target: ObjectTarget,
    expected: string,
    next: (before: JsonObject) => JsonObject | undefined,
  ): Promise<JsonObject> => {
    for (let i = 0; i < tries; i += 1) {
      const before = await read(target);
      const revision = textAt(objectAt(before, 'metadata'), 'resourceVersion');
      if (expected !== '' && expected !== revision) break;
      const after = next(before);
      const value = after && JSON.stringify(after);
      const txn = await etcd.compareAndSet(keyOf(target), revision, value);
      if (txn.succeeded) return value === undefined ? before : storedObject({ value, modRevision: txn.revision });
    }
    throw failure(
      'Conflict',
      `${describe(target)}: the object has been modified; apply your changes to the latest version`,
    );
  };

  return {
    read,

    async list(target: Target): Promise<JsonObject> {
      const { revision, kvs } = await etcd.range(keyPrefix(target), { prefix: true });
      const { kind, apiVersion } = target.kind;
      return { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: revision }, items: kvs.map(storedObject) };
    },

    async create(target: Target & { readonly namespace: string }, body: string): Promise<JsonObject> {
      const object = newObject(parseObject(body, target), target);
      const named = { ...target, name: textAt(objectAt(object, 'metadata'), 'name') };
      const value = JSON.stringify(object);
      const txn = await etcd.compareAndSet(keyOf(named), '0', value);
      if (!txn.succeeded) throw failure('AlreadyExists', `${describe(named)} already exists`);
      return storedObject({ value, modRevision: txn.revision });
    },

    replace(target: ObjectTarget, body: string): Promise<JsonObject> {
      const object = parseObject(body, target);
      const expected = textAt(objectAt(object, 'metadata'), 'resourceVersion');
      return change(target, expected, (before) => replacement(object, before, target));
    },

    delete(target: ObjectTarget, body: string): Promise<JsonObject> {
      const expected = textAt(objectAt(parseJson(body), 'preconditions'), 'resourceVersion');
      return change(target, expected, () => undefined);
    },
  };
}

export type Store = ReturnType<typeof createStore>;
