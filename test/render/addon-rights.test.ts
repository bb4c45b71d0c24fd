import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { parseAddons } from '../../src/cluster/addons.ts';
import { addonRights } from '../../src/render/addon-rights.ts';

const roleSchema = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.object({ name: z.string(), namespace: z.string().default('') }),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      resourceNames: z.array(z.string()).min(1),
      verbs: z.array(z.string()),
    }),
  ),
});

function object(kind: string, name: string, { apiVersion = 'v1', namespace = '', more = '', mode = '' } = {}): string {
  const label = mode === '' ? '' : `, labels: { addonmanager.kubernetes.io/mode: ${mode} }`;
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}${namespace && `, namespace: ${namespace}`}${label} }\n${more}`;
}

function rightsOf(...texts: readonly string[]) {
  const read = parseAddons(texts.map((text, i) => ({ name: `${i}.yaml`, text })));
  if (!read.ok) throw new Error(read.error.map(({ message }) => message).join('\n'));
  return addonRights(read.value);
}

/** `NAMESPACE GROUP/RESOURCES NAMES: VERBS` for each rule. */
function rulesOf(...texts: readonly string[]): readonly string[] {
  return parseAllDocuments(rightsOf(...texts)).flatMap((document) => {
    const role = roleSchema.safeParse(document.toJS());
    return role.success
      ? role.data.rules.map(
          ({ apiGroups, resources, resourceNames, verbs }) =>
            `${role.data.metadata.namespace || '*'} ${apiGroups.join()}/${resources.join()} ${resourceNames.join()}: ${verbs.join()}`,
        )
      : [];
  });
}

function names(text: string): readonly string[] {
  return text.match(/k8s-ha-addons-\w+/g) ?? [];
}

const rbac = 'rbac.authorization.k8s.io/v1';

describe('the rights that the add-ons have', () => {
  test('are to their objects by name, in their namespaces', () => {
    expect(
      rulesOf(
        object('Namespace', 'platform'),
        object('ConfigMap', 'a', { namespace: 'platform' }),
        object('ConfigMap', 'b', { namespace: 'platform' }),
        object('ConfigMap', 'c'),
        object('NetworkPolicy', 'n', { apiVersion: 'networking.k8s.io/v1', namespace: 'platform' }),
      ),
    ).toEqual([
      '* /namespaces platform: get,create,patch,delete',
      'default /configmaps c: get,create,patch,delete',
      'platform /configmaps a,b: get,create,patch,delete',
      'platform networking.k8s.io/networkpolicies,networkpolicys n: get,create,patch,delete',
    ]);
  });

  test('are not to delete what only has to exist', () => {
    expect(rulesOf(object('Secret', 's', { mode: 'EnsureExists' }))).toEqual(['default /secrets s: get,create,patch']);
  });

  test('let them write the roles of the folder, and give those that its bindings give, and no others', () => {
    const roleRef = `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }\n`;
    expect(
      rulesOf(
        object('ClusterRole', 'r', { apiVersion: rbac }),
        object('RoleBinding', 'b', { apiVersion: rbac, namespace: 'x', more: roleRef }),
      ),
    ).toEqual([
      '* rbac.authorization.k8s.io/clusterroles r: get,create,patch,delete,escalate',
      'x rbac.authorization.k8s.io/rolebindings b: get,create,patch,delete',
      'x rbac.authorization.k8s.io/clusterroles view: bind',
    ]);
  });

  test('know a custom kind from its definition, and try both spellings and scopes without one', () => {
    const spec = 'spec: { group: a.example, scope: Cluster, names: { kind: Gateway, plural: gateways } }\n';
    const definition = object('CustomResourceDefinition', 'gateways.a.example', {
      apiVersion: 'apiextensions.k8s.io/v1',
      more: spec,
    });
    expect(rulesOf(definition, object('Gateway', 'g', { apiVersion: 'a.example/v1' }))).toContain(
      '* a.example/gateways g: get,create,patch,delete',
    );
    expect(rulesOf(object('Gateway', 'g', { apiVersion: 'a.example/v1' }))).toEqual([
      '* a.example/gatewaies,gateways g: get,create,patch,delete',
      'default a.example/gatewaies,gateways g: get,create,patch,delete',
    ]);
  });

  test('have another name when they are others, so that the previous ones hold until what left is deleted', () => {
    const [before] = names(rightsOf(object('ConfigMap', 'a')));
    expect(names(rightsOf(object('ConfigMap', 'a'))).every((name) => name === before)).toBe(true);
    expect(names(rightsOf(object('ConfigMap', 'b')))).not.toContain(before);
  });
});
