import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { AddonObject } from '../cluster/addons.ts';

/**
 * As whom the add-ons are applied: a name that exists in role bindings alone. Nobody can get a token for it, as everybody who
 * may make pods in kube-system could for a service account there.
 */
export const addonUser = 'k8s-ha:addons';

/** In the label of every role and binding that these rights are made of. */
const manager = 'k8s-ha-addons';

const rbac = 'rbac.authorization.k8s.io';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/** A rule, and where it holds: a namespace, or the cluster where that is empty. */
interface Right {
  readonly namespace: string;
  readonly rule: Rule;
}

/** Kubernetes' own groups, and their kinds that are in no namespace. Groups without a dot are its own too. */
const clusterWide: Readonly<Partial<Record<string, RegExp>>> = {
  '': /^(?:Namespace|Node|PersistentVolume)$/,
  'admissionregistration.k8s.io': /^/,
  'apiextensions.k8s.io': /^/,
  'apiregistration.k8s.io': /^/,
  'certificates.k8s.io': /^/,
  'coordination.k8s.io': /^$/,
  'discovery.k8s.io': /^$/,
  'events.k8s.io': /^$/,
  'flowcontrol.apiserver.k8s.io': /^/,
  'networking.k8s.io': /^(?:IPAddress|IngressClass|ServiceCIDR)$/,
  'node.k8s.io': /^/,
  [rbac]: /^Cluster/,
  'resource.k8s.io': /^(?:DeviceClass|ResourceSlice)$/,
  'scheduling.k8s.io': /^/,
  'storage.k8s.io': /^(?!CSIStorageCapacity$)/,
};

/**
 * The rights that a folder's objects need, and nothing else: to read, write and delete these objects by their names, to write
 * the roles among them whatever these say, and to give the roles that its bindings give. A role and its binding for each namespace.
 * Their names change with the rights, so that the previous ones hold until what left the folder is deleted.
 */
export function addonRights(objects: readonly AddonObject[]): string {
  const rights = objects.flatMap((object) => rightsOf(object, objects));
  const suffix = createHash('sha256').update(JSON.stringify(rights)).digest('hex').slice(0, 10);
  const namespaces = [...new Set(rights.map(({ namespace }) => namespace))].toSorted();
  return namespaces
    .flatMap((namespace) =>
      roleAndBinding(
        `${manager}-${suffix}`,
        namespace,
        merged(rights.filter((right) => right.namespace === namespace).map(({ rule }) => rule)),
      ),
    )
    .map((object) => stringify(object, { aliasDuplicateObjects: false }))
    .join('---\n');
}

function rightsOf(object: AddonObject, all: readonly AddonObject[]): readonly Right[] {
  const { mode, name, gives } = object;
  const [kind = '', ...rest] = object.kind.split('.');
  const group = rest.join('.');
  const defined = all.find(({ defines }) => defines?.kind === object.kind)?.defines;
  const resources = defined ? [defined.resource] : resourcesOf(kind);
  const isRole = group === rbac && (kind === 'Role' || kind === 'ClusterRole');
  const rules: readonly Rule[] = [
    {
      apiGroups: [group],
      resources,
      resourceNames: [name],
      verbs: [
        'get',
        'create',
        'patch',
        ...(mode === 'Reconcile' ? ['delete'] : []),
        // Without it nobody may write a role that has more rights than himself.
        ...(isRole ? ['escalate'] : []),
      ],
    },
    ...(gives
      ? [{ apiGroups: [rbac], resources: resourcesOf(gives.kind), resourceNames: [gives.name], verbs: ['bind'] }]
      : []),
  ];
  return scopesOf(kind, group, object.namespace, defined?.namespaced).flatMap((namespace) =>
    rules.map((rule) => ({ namespace, rule })),
  );
}

/** The namespaces that an object can be in, `` for none; both where nobody says what a custom kind has. */
function scopesOf(kind: string, group: string, namespace: string, namespaced: boolean | undefined): readonly string[] {
  if (clusterWide[group]?.test(kind) || namespaced === false) return [''];
  if (namespace !== '') return [namespace];
  const known = namespaced === true || !group.includes('.') || group in clusterWide;
  return known ? ['default'] : ['', 'default'];
}

/**
 * A kind's name in the API's paths. Only the API server knows it: of the two spellings that English has, one is a resource that
 * does not exist, and a right to that is none.
 */
function resourcesOf(kind: string): readonly string[] {
  const one = kind.toLowerCase();
  if (one.endsWith('s')) return [`${one}es`, one];
  if (one.endsWith('y')) return [`${one.slice(0, -1)}ies`, `${one}s`];
  return /(?:x|z|ch|sh)$/.test(one) ? [`${one}es`, `${one}s`] : [`${one}s`];
}

/** Rules that differ in names alone become one. */
function merged(rules: readonly Rule[]): readonly Rule[] {
  const byRest = new Map<string, Rule>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.verbs]);
    const names = [...(byRest.get(key)?.resourceNames ?? []), ...rule.resourceNames];
    byRest.set(key, { ...rule, resourceNames: [...new Set(names)] });
  }
  return [...byRest.values()];
}

function roleAndBinding(name: string, namespace: string, rules: readonly Rule[]): readonly object[] {
  const [role, binding] = namespace === '' ? ['ClusterRole', 'ClusterRoleBinding'] : ['Role', 'RoleBinding'];
  const apiVersion = `${rbac}/v1`;
  const metadata = {
    name,
    ...(namespace !== '' && { namespace }),
    labels: { 'app.kubernetes.io/managed-by': manager },
  };
  return [
    { apiVersion, kind: role, metadata, rules },
    {
      apiVersion,
      kind: binding,
      metadata,
      roleRef: { apiGroup: rbac, kind: role, name },
      subjects: [{ apiGroup: rbac, kind: 'User', name: addonUser }],
    },
  ];
}
