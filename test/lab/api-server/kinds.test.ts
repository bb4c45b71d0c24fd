import { describe, expect, it } from 'vitest';
import { prefixEnd } from '../../../src/lab/api-server/etcd.ts';
import { discovery, isName, keyPrefix, kinds, parseTarget } from '../../../src/lab/api-server/kinds.ts';

describe('paths of resources', () => {
  it('name a kind, a namespace and an object', () => {
    expect(parseTarget('/api/v1/namespaces/default/configmaps/a')).toMatchObject({
      kind: { kind: 'ConfigMap' },
      namespace: 'default',
      name: 'a',
    });
    expect(parseTarget('/apis/coordination.k8s.io/v1/namespaces/kube-system/leases')).toMatchObject({
      kind: { kind: 'Lease' },
      namespace: 'kube-system',
      name: undefined,
    });
    expect(parseTarget('/api/v1/configmaps')).toMatchObject({ namespace: undefined, name: undefined });
  });

  it('are none for other groups, versions, kinds, or an object without a namespace', () => {
    const paths = [
      '/api/v1/pods',
      '/apis/coordination.k8s.io/v1beta1/leases',
      '/api/v1/leases',
      '/api/v1/configmaps/a',
      '/api/v1/namespaces/default/configmaps/a/status',
      '/',
    ];
    expect(paths.filter((path) => parseTarget(path) !== undefined)).toEqual([]);
  });

  it('become keys that cannot leave their namespace', () => {
    const [kind] = kinds;
    if (!kind) throw new Error('no kinds');
    expect(keyPrefix({ kind, namespace: 'a' })).toBe('/registry/configmaps/a/');
    expect(keyPrefix({ kind, namespace: undefined })).toBe('/registry/configmaps/');
    expect(prefixEnd('/registry/configmaps/a/')).toBe('/registry/configmaps/a0');
    expect(['..', 'a/b', 'A', '', '-a', 'a%2Fb'].filter(isName)).toEqual([]);
  });

  it('are all announced to kubectl', () => {
    for (const { plural, apiVersion } of kinds) {
      const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      expect(JSON.stringify(discovery(path))).toContain(`"name":"${plural}"`);
    }
    expect(discovery('/apis/apps/v1')).toBeUndefined();
  });
});
