import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { labConfig } from '../../../src/lab/kubernetes/kubeadm.ts';
import { normalVersion, pinned, previousKubernetes, versionFlags } from '../../../src/lab/kubernetes/releases.ts';
import { unitOf } from '../../../src/lab/kubernetes/units.ts';

function manifest(command: readonly string[], name = 'kube-apiserver'): string {
  return JSON.stringify({ kind: 'Pod', metadata: { name }, spec: { containers: [{ command }] } });
}

describe('the unit of a static pod', () => {
  it("runs the manifest's own command, with the lab's program", () => {
    const { name, text } = unitOf(manifest(['kube-apiserver', '--secure-port=6443', '--authorization-mode=Node,RBAC']));
    expect(name).toBe('kube-apiserver.service');
    expect(text).toContain(
      'ExecStart=/opt/k8s-ha-lab/kubernetes/kube-apiserver --secure-port=6443 --authorization-mode=Node,RBAC\n',
    );
    expect(text).toContain('Restart=always');
    expect(text).toContain('After=network.target etcd.service');
  });

  it('passes on what systemd would expand or split', () => {
    expect(unitOf(manifest(['etcd', '--a=100%', '--b=$HOME', '--c=two words', '--d="x"'], 'etcd')).text).toContain(
      String.raw`ExecStart=/opt/k8s-ha-lab/kubernetes/etcd --a=100%% --b=$$HOME "--c=two words" "--d=\"x\""`,
    );
  });

  it('refuses a manifest that is not one container with a command', () => {
    expect(() => unitOf('kind: Pod')).toThrow(/metadata/);
    expect(() => unitOf(manifest([]))).toThrow(/command/);
  });
});

describe("kubeadm's configuration in the lab", () => {
  const nodes = [1, 2].map((i) => ({ name: `cp${i}`, address: `172.16.217.17${i}` }));

  it('keeps what it was given and adds the version and all etcd members', () => {
    const given = 'kind: InitConfiguration\nx: 1\n---\nkind: ClusterConfiguration\napiServer: { certSANs: [api] }\n';
    const [init, cluster] = parseAllDocuments(labConfig(given, 'v1.36.3', nodes)).map((each): unknown => each.toJS());
    expect(init).toEqual({ kind: 'InitConfiguration', x: 1 });
    expect(cluster).toMatchObject({
      apiServer: { certSANs: ['api'] },
      kubernetesVersion: 'v1.36.3',
      etcd: {
        local: {
          extraArgs: [
            { name: 'initial-cluster', value: 'cp1=https://172.16.217.171:2380,cp2=https://172.16.217.172:2380' },
            { name: 'initial-cluster-state', value: 'new' },
          ],
        },
      },
    });
  });
});

function read(name: string): string {
  return readFileSync(`lab/${name}/go.mod`, 'utf8');
}

describe('versions', () => {
  it('are read with and without the v, and nothing else is', () => {
    expect(normalVersion('1.36.3')).toBe('v1.36.3');
    expect(normalVersion(' v1.37.0-rc.1 ')).toBe('v1.37.0-rc.1');
    for (const text of ['', 'latest', '1.30', 'v2.0.0', 'v1.36.3/../x']) expect(normalVersion(text)).toBeUndefined();
  });

  it('are the pinned ones where a minor version is named', () => {
    expect(normalVersion('1.36')).toBe(pinned.kubernetes);
    expect(normalVersion('v1.35')).toBe(previousKubernetes);
  });

  it('are those of the Go modules', () => {
    expect(read('kubernetes-previous')).toContain(`k8s.io/kubernetes ${previousKubernetes}`);
    expect(read('kubernetes')).toContain(`k8s.io/kubernetes ${pinned.kubernetes}`);
    expect(read('etcd')).toContain(`go.etcd.io/etcd/server/v3 ${pinned.etcd}`);
  });

  it('are put into both packages that Kubernetes reads them from', () => {
    const flags = versionFlags('v1.36.3');
    expect(flags).toContain('-X k8s.io/client-go/pkg/version.gitVersion=v1.36.3');
    expect(flags).toContain('-X k8s.io/component-base/version.gitMinor=36');
  });
});
