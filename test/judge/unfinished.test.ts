import { describe, expect, test } from 'vitest';
import { known } from '../../src/core/observed.ts';
import { unfinishedFindings } from '../../src/judge/unfinished.ts';
import { parseKubernetes } from '../../src/observe/once/kubernetes/answers.ts';
import { freshNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

/** What a node says of Kubernetes that remembers this of its work. */
function begun(text: string) {
  const texts: Readonly<Partial<Record<string, string>>> = { 'k8s-api': '', 'k8s-unfinished': text };
  const seen = parseKubernetes((name) => (texts[name] === undefined ? undefined : { rc: 0, text: texts[name] }), 0);
  if (!seen.known) throw new Error(seen.reason);
  return seen.value;
}

describe('work that was begun on a node and has not ended', () => {
  test('is known by its file, an upgrade with its version and folder', () => {
    const text = `/var/lib/k8s-ha/kubernetes-visit v1.36.3 node /mnt/new
/var/lib/k8s-ha/certificates-renewal begun
/var/lib/k8s-ha-etcd/restore/about {"id":"20261129T031500Z-0123abcd"}
/var/lib/k8s-ha/kubeadm-begun join
`;
    expect(begun(text).unfinished).toEqual([
      { work: 'upgrade', version: 'v1.36.3', folder: '/mnt/new' },
      { work: 'renewal' },
      { work: 'restore' },
      { work: 'making' },
    ]);
    expect(begun('').unfinished).toEqual([]);
  });

  test('comes into no command where it is not what we write', () => {
    expect(begun('/var/lib/k8s-ha/kubernetes-visit $(reboot) node /\n/etc/passwd root\n').unfinished).toEqual([]);
    expect(begun('/var/lib/k8s-ha/kubernetes-visit v1.36.3 node /$(reboot)').unfinished).toEqual([
      { work: 'upgrade', version: 'v1.36.3', folder: '' },
    ]);
  });

  test('is told with the command that ends it', () => {
    const seen = begun('/var/lib/k8s-ha/kubernetes-visit v1.36.3 apply /mnt/new\n');
    const state = stateOf(freshNode(0), freshNode(1, { kubernetes: known(seen) }));
    expect(unfinishedFindings(fakeSpec(), state)).toMatchObject([
      {
        rule: 'unfinished',
        node: 'cp2',
        suggestion: expect.stringContaining('k8s-ha upgrade kubernetes 1.36.3 tutorial.yaml --from /mnt/new'),
      },
    ]);
  });
});
