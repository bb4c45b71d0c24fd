import { describe, expect, test } from 'vitest';
import { parseAddons } from '../../src/cluster/addons.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import { assumedFacts, type NodeFacts } from '../../src/cluster/timers.ts';
import { known } from '../../src/core/observed.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { solveSpec } from '../../src/predict/solve.ts';
import { addonScript } from '../../src/render/addons.ts';
import { renderNode, type NodeFileSet } from '../../src/render/render.ts';
import { settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const objects = parseAddons([
  { name: 'a.yaml', text: 'apiVersion: v1\nkind: Namespace\nmetadata: { name: platform }\n' },
  {
    name: 'b.yaml',
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: s, labels: { addonmanager.kubernetes.io/mode: EnsureExists } }\n',
  },
]);
if (!objects.ok) throw new Error('the manifests are right');
const spec: ClusterSpec = { ...fakeSpec(), addons: { dir: 'addons', objects: objects.value } };

function setOf(from: ClusterSpec, facts: NodeFacts = assumedFacts): NodeFileSet {
  const [node] = from.nodes;
  const solved = solveSpec(from, [facts]);
  if (!node || !solved.ok) throw new Error('the fake has nodes and a target that can be met');
  return renderNode(from, node, solved.value.timers, facts);
}

function content(set: NodeFileSet, path: string): string {
  return set.files.find((file) => file.path === path)?.content ?? '';
}

function running(revision: string | undefined) {
  return {
    active: 'active',
    enabled: true,
    ageMs: 60_000,
    unitRevision: revision,
  };
}

describe('add-ons on a node', () => {
  test('are two files of manifests, a list, their rights, a script and a unit', () => {
    const set = setOf(spec);
    expect(content(set, '/etc/k8s-ha/addons-reconcile.yaml')).toContain('kind: Namespace');
    expect(content(set, '/etc/k8s-ha/addons-ensure-exists.yaml')).toContain('kind: ConfigMap');
    expect(content(set, '/etc/k8s-ha/addons.list')).toBe(
      'Reconcile Namespace - platform\nEnsureExists ConfigMap - s\n',
    );
    expect(content(set, '/etc/systemd/system/k8s-ha-addons.service')).toContain(set.addonUnitRevision);
  });

  test('are kept in folders that the unit lets the script write to', () => {
    const unit = content(setOf(spec), '/etc/systemd/system/k8s-ha-addons.service') ?? '';
    const folders = [...unit.matchAll(/^(?:ReadWritePaths=-|RuntimeDirectory=)(.+)$/gm)].map(([, path = '']) =>
      path.startsWith('/') ? path : `/run/${path}`,
    );
    const written = [
      ...spec.nodes
        .map((node) => addonScript(spec, node))
        .join('\n')
        .matchAll(/\b(?:now|kept|HOME|TMPDIR)=(\/\S+)/g),
    ];
    expect(written.length).toBeGreaterThan(2);
    for (const [, path = ''] of written)
      expect(folders.some((folder) => path === folder || path.startsWith(`${folder}/`))).toBe(true);
  });

  test('go through the node’s own API server, and the nodes take turns', () => {
    const scripts = spec.nodes.map((node) => addonScript(spec, node));
    expect(scripts[1]).toContain('--server https://172.16.217.172:6443');
    expect(scripts.map((script) => /^sleep (\d+)$/m.exec(script)?.[1])).toEqual(['0', '3', '6']);
  });

  test('ask no clock that can be set', () => {
    for (const node of spec.nodes) expect(addonScript(spec, node)).not.toMatch(/\bdate\b|-mmin|-mtime|%Y/);
  });

  test('delete what the node’s own files name, each by a word that is no option, and read one line of the cluster', () => {
    const [node] = spec.nodes;
    if (!node) throw new Error('no node');
    const script = addonScript(spec, node);
    expect(script.split('\n').filter((line) => / delete /.test(line))).toEqual([
      expect.stringContaining('delete --ignore-not-found --wait=false -- "$kind/$name"'),
      expect.stringContaining('admin delete --ignore-not-found -f "$kept/rights.yaml"'),
    ]);
    expect(script.match(/jsonpath=\{\.data[^']*/g)).toEqual([String.raw`jsonpath={.data.claim}{"\n"}`]);
  });

  test('are never rendered from a folder that was not read', () => {
    expect(() => setOf({ ...spec, addons: { dir: 'addons' } })).toThrow(/was not read/);
  });
});

describe('the plan for add-ons', () => {
  const set = setOf(spec);
  const settled = settledNode(0, set, [], { addons: running(set.addonUnitRevision) });
  const actionOf = (wanted: NodeFileSet, seen = settled) => makePlan(spec, [wanted], stateOf(seen)).nodes[0];

  test('is empty where all is as wanted', () => {
    expect(actionOf(set)).toBeUndefined();
  });

  test('starts the unit where it does not run', () => {
    const { addons, ...rest } = settled;
    expect(actionOf(set, { ...rest, addons: { ...addons, active: 'inactive' } })?.addons).toBe('start');
  });

  test('changes manifests without touching a service', () => {
    const other = setOf({ ...spec, addons: { dir: 'addons', objects: objects.value.slice(1) } });
    const plan = actionOf(other);
    expect(plan).toMatchObject({ addons: 'none', haproxy: 'none', keepalived: 'none' });
    expect(plan?.changes.map(({ path }) => path)).toEqual([
      '/etc/k8s-ha/addons-reconcile.yaml',
      '/etc/k8s-ha/addons.list',
      '/etc/k8s-ha/addons-rights.yaml',
    ]);
  });

  test('stops the unit and takes its files away where the cluster file names no folder any more', () => {
    const plan = actionOf(setOf(fakeSpec()));
    expect(plan?.addons).toBe('stop');
    expect(plan?.changes.filter(({ action }) => action === 'delete')).toHaveLength(6);
    expect(known(plan?.haproxy)).toEqual(known('none'));
  });
});
