/** The resources that the stand-in has: enough for leader election and for acknowledged writes that can be read back. */
export interface Kind {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  /** `v1` or `group/version`. */
  readonly apiVersion: string;
}

export const kinds: readonly Kind[] = [
  { plural: 'configmaps', singular: 'configmap', kind: 'ConfigMap', shortNames: ['cm'], apiVersion: 'v1' },
  { plural: 'leases', singular: 'lease', kind: 'Lease', shortNames: [], apiVersion: 'coordination.k8s.io/v1' },
];

/** Where a request points: a kind, in one namespace or in all, and one object of it or all. */
export interface Target {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** Reads the path of a resource; undefined when it is none. */
export function parseTarget(path: string): Target | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/(v\d)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?$/.exec(path);
  if (!match) return undefined;
  const [, group, version = '', namespace, plural, name] = match;
  const apiVersion = group === undefined ? version : `${group}/${version}`;
  const kind = kinds.find((one) => one.apiVersion === apiVersion && one.plural === plural);
  if (!kind || (name !== undefined && namespace === undefined)) return undefined;
  return { kind, namespace, name };
}

/** Prefix of the keys of a kind, in one namespace or in all; ends with `/`. */
export function keyPrefix({ kind, namespace }: Pick<Target, 'kind' | 'namespace'>): string {
  return `/registry/${kind.plural}/${namespace === undefined ? '' : `${namespace}/`}`;
}

const names = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** RFC 1123 subdomain, as Kubernetes wants its names; it also keeps `/` out of keys. */
export function isName(name: string): boolean {
  return names.test(name);
}

/** Answers to kubectl's discovery requests, by path. */
export function discovery(path: string): Readonly<Record<string, unknown>> | undefined {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: [coordination] };
  if (path === '/api/v1') return resourceList('v1');
  if (path === '/apis/coordination.k8s.io') return { kind: 'APIGroup', apiVersion: 'v1', ...coordination };
  return path === '/apis/coordination.k8s.io/v1' ? resourceList('coordination.k8s.io/v1') : undefined;
}

const groupVersion = { groupVersion: 'coordination.k8s.io/v1', version: 'v1' };
const coordination = { name: 'coordination.k8s.io', versions: [groupVersion], preferredVersion: groupVersion };

function resourceList(apiVersion: string): Readonly<Record<string, unknown>> {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersion,
    resources: kinds
      .filter((kind) => kind.apiVersion === apiVersion)
      .map(({ plural, singular, kind, shortNames }) => ({
        name: plural,
        singularName: singular,
        namespaced: true,
        kind,
        shortNames,
        verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'],
      })),
  };
}
