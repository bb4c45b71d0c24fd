import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/core/observed.ts';
import type { MemberVersion, ProgramSeen, VersionSeen, VersionView } from '../../../src/upkeep/version/model.ts';
import { versionObstacles } from '../../../src/upkeep/version/refuse.ts';
import { from, spec, to, wanted } from './scenarios.ts';

const names = ['cp1', 'cp2', 'cp3', 'w1'] as const;

function members(changes: Partial<Record<string, Partial<MemberVersion>>>): readonly MemberVersion[] {
  return names.map((name) => ({ name, kubelet: from, ready: true, cordoned: false, why: '', ...changes[name] }));
}

interface Change {
  readonly cluster?: string;
  readonly members?: readonly MemberVersion[];
  readonly program?: Partial<ProgramSeen>;
  readonly seen?: Partial<Record<string, Partial<VersionSeen>>>;
}

function views({ cluster = from, members: given = members({}), program = {}, seen = {} }: Change = {}) {
  const one: ProgramSeen = {
    path: '/usr/bin/x',
    version: from,
    package: undefined,
    ours: false,
    offered: to,
    ...program,
  };
  return names.map((node): VersionView => {
    const control = node !== 'w1';
    const images = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => [name, from] as const);
    return {
      node,
      role: control ? 'control-plane' : 'worker',
      seen: known({
        programs: { kubeadm: one, kubelet: one, kubectl: one },
        running: false,
        visit: undefined,
        images: new Map(control ? images : []),
        etcdWanted: undefined,
        archives: true,
        server: control ? known({ version: from, cluster, members: given }) : unknown('it has no admin.conf'),
        ...seen[node],
      }),
    };
  });
}

/** Ids of what is found, each once. */
function rules(change: Change, asked: Partial<typeof wanted> = {}): readonly string[] {
  return [...new Set(versionObstacles(spec, views(change), { ...wanted, ...asked }).map(({ rule }) => rule))];
}

describe('an upgrade of Kubernetes', () => {
  test('by one minor version, or within one, has nothing in its way', () => {
    expect(rules({})).toEqual([]);
    expect(rules({ program: { offered: 'v1.35.9' } }, { version: 'v1.35.9' })).toEqual([]);
  });

  test.each([
    ['v1.37.0', 'version-skips-minor'],
    ['v1.35.3', 'version-downgrade'],
    ['v1.34.9', 'version-downgrade'],
  ])('to %s is refused: %s', (version, rule) => {
    expect(rules({ program: { offered: version } }, { version })).toEqual([rule]);
  });

  test.each([
    ['cp2', 'v1.36.0'],
    ['w1', 'v1.36.0'],
    ['w1', 'v1.32.9'],
  ])('is refused where the kubelet of %s is %s', (name, kubelet) => {
    expect(rules({ members: members({ [name]: { kubelet } }) })).toEqual(['version-kubelet-skew']);
  });

  test('goes on where the kubelet of a node whose visit is under way is newer than the other API servers', () => {
    const visit = { version: to, does: 'apply', kubeadmDone: true, cordoned: true } as const;
    expect(rules({ members: members({ cp3: { kubelet: to } }), seen: { cp3: { visit } } })).toEqual([]);
  });

  test('is refused where a node is not Ready, or an API server does not answer', () => {
    expect(rules({ members: members({ w1: { ready: false, why: 'no network' } }) })).toEqual(['version-not-ready']);
    expect(rules({ seen: { cp2: { server: unknown('refused') } } })).toEqual(['not-serving']);
  });

  test('is refused where a machine cannot be reached', () => {
    const [first, ...others] = views();
    if (!first) throw new Error('no views');
    const seen = versionObstacles(spec, [{ ...first, seen: unknown('no route') }, ...others], wanted);
    expect(seen).toMatchObject([{ rule: 'node-unreachable', node: 'cp1', message: 'no route' }]);
  });

  test('is refused where the folder has another version, or nothing', () => {
    expect(rules({ program: { offered: 'v1.36.2' } })).toEqual(['version-not-offered']);
    expect(rules({ program: { offered: undefined } })).toEqual(['version-not-offered']);
  });

  test('overwrites nothing of a package, and what others placed when it is told to', () => {
    expect(rules({ program: { package: 'kubelet' } })).toEqual(['version-foreign-program']);
    expect(rules({}, { replace: false })).toEqual(['version-foreign-program']);
    expect(rules({ program: { ours: true } }, { replace: false })).toEqual([]);
  });

  test('waits for the end of another one that was begun', () => {
    const visit = { version: 'v1.36.0', does: 'node', kubeadmDone: false, cordoned: false } as const;
    expect(rules({ seen: { cp3: { visit } } })).toEqual(['version-other-begun']);
  });

  test('says which nodes the file does not name', () => {
    const more = [...members({}), { name: 'w9', kubelet: from, ready: true, cordoned: false, why: '' }];
    expect(rules({ members: more })).toEqual(['version-not-in-file']);
  });

  test('needs the snapshot of an etcd that it can ask', () => {
    const external = { ...spec, etcd: { ...spec.etcd, mode: 'external' as const } };
    expect(versionObstacles(external, views(), wanted)).toMatchObject([{ rule: 'version-external-etcd' }]);
  });
});
