import type { LeverPull } from '../../src/cluster/state.ts';
import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { isEmpty, makePlan } from '../../src/plan/plan.ts';
import { paths } from '../../src/node/paths.ts';
import { renderNode } from '../../src/render/render.ts';
import { planText } from '../../src/report/plan.ts';
import { freshNode, settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const spec = fakeSpec();

function setsFor(timers = fakeTimers) {
  return spec.nodes.map((node) => renderNode(spec, node, timers, assumedFacts));
}

const sets = setsFor();
const vip = '172.16.100.100';

function settled(index: number, vips: readonly string[] = [], overrides = {}) {
  const set = sets[index];
  if (!set) throw new Error('no such node');
  return settledNode(index, set, vips, overrides);
}

function allSettled() {
  return stateOf(settled(0), settled(1, [vip]), settled(2));
}

function drainedBy(drain: LeverPull) {
  return stateOf(settled(0, [], { levers: { drain } }), settled(1, [vip]), settled(2));
}

function replacedKeepalived({ keepalivedUnitRevision: unitRevision }: { readonly keepalivedUnitRevision: string }) {
  return { active: 'active', enabled: true, ageMs: 60_000, replaced: 'Keepalived v2.2.7', unitRevision };
}

describe('a plan', () => {
  test('is empty when every node runs what is wanted', () => {
    expect(makePlan(spec, sets, allSettled()).nodes).toEqual([]);
  });

  test('of fresh nodes creates every file, starts both services, and is a first set-up', () => {
    const plan = makePlan(spec, sets, stateOf(freshNode(0), freshNode(1), freshNode(2)));
    expect(plan.bootstrap).toBe(true);
    expect(plan.nodes.map(({ node, haproxy, keepalived }) => ({ node, haproxy, keepalived }))).toEqual(
      ['cp1', 'cp2', 'cp3'].map((node) => ({ node, haproxy: 'start', keepalived: 'start' })),
    );
    expect(plan.nodes[0]?.changes.map(({ action }) => action)).toEqual(sets[0]?.files.map(() => 'create'));
  });

  test('has a node sign a client certificate for health checks before anything else, and says so', () => {
    const hardened = { ...spec, apiServer: { ...spec.apiServer, healthAuth: 'certificate' as const } };
    const healthCheck = { certificate: known(undefined), signer: known(true as const) };
    const state = stateOf(settled(0, [], { healthCheck }), settled(1, [vip]), settled(2));
    const plan = makePlan(hardened, sets, state);
    expect(plan.nodes).toMatchObject([{ node: 'cp1', certificate: 'issue', changes: [] }]);
    expect(planText(plan)).toContain('issue the client certificate of health checks');
    expect(makePlan(spec, sets, state).nodes).toEqual([]);
  });

  test('changes the VIP holder last, and a timer asks only for a reload that clients do not notice', () => {
    const slower = setsFor({ ...fakeTimers, vrrp: { ...fakeTimers.vrrp, advertIntervalMs: 200 } });
    const plan = makePlan(spec, slower, allSettled());
    expect(plan.nodes.map(({ node }) => node)).toEqual(['cp3', 'cp1', 'cp2']);
    expect(plan.bootstrap).toBe(false);
    for (const node of plan.nodes) {
      expect(node).toMatchObject({ haproxy: 'none', keepalived: 'reload', drain: false, reloadUnits: false });
      expect(node.changes.map(({ path }) => path)).toEqual([paths.keepalivedConfig]);
    }
    expect(planText(plan, { diff: true })).toContain('+    advert_int 0.2');
    expect(planText(plan, { diff: true })).toContain('-    advert_int 0.1');
    expect(planText(plan)).not.toContain('advert_int');
    expect(planText(plan)).toContain('  ~ /etc/k8s-ha/keepalived.conf  +2 −2\n');
    expect(planText(plan)).toContain('The changed lines: --diff');
  });

  test('has HAProxy read a CA that was rotated, and nothing else', () => {
    const rotated = spec.nodes.map((node) =>
      renderNode(spec, node, fakeTimers, { ...assumedFacts, caDigest: 'b'.repeat(64) }),
    );
    const plan = makePlan(spec, rotated, allSettled());
    expect(plan.nodes.map(({ haproxy, keepalived }) => `${haproxy}/${keepalived}`)).toEqual([
      'reload/none',
      'reload/none',
      'reload/none',
    ]);
    expect(planText(plan, { diff: true })).toContain('+# /etc/kubernetes/pki/ca.crt: sha256 bbbbbbbbbbbbbbbb');
  });

  test('moves the VIP away before a service of its holder restarts, and only there', () => {
    const other = spec.nodes.map((node) => renderNode(spec, node, fakeTimers, { ...assumedFacts, nofile: 10_000 }));
    const plan = makePlan(spec, other, allSettled());
    expect(plan.nodes.map(({ node, haproxy, drain }) => ({ node, haproxy, drain }))).toEqual([
      { node: 'cp3', haproxy: 'restart', drain: false },
      { node: 'cp1', haproxy: 'restart', drain: false },
      { node: 'cp2', haproxy: 'restart', drain: true },
    ]);
  });

  test('restarts keepalived where its interface is another, the holder drained first', () => {
    const bridged = spec.nodes.map((node) => renderNode(spec, node, fakeTimers, { ...assumedFacts, interface: 'br0' }));
    const plan = makePlan(spec, bridged, allSettled());
    expect(plan.nodes.map(({ node, haproxy, keepalived, drain }) => ({ node, haproxy, keepalived, drain }))).toEqual([
      { node: 'cp3', haproxy: 'none', keepalived: 'restart', drain: false },
      { node: 'cp1', haproxy: 'none', keepalived: 'restart', drain: false },
      { node: 'cp2', haproxy: 'none', keepalived: 'restart', drain: true },
    ]);
  });

  test('restarts what runs a program that is no longer installed, the holder drained first', () => {
    const running = { active: 'active', enabled: true, ageMs: 60_000, replaced: 'HAProxy version 2.6.12' } as const;
    const old = (index: number, vips: readonly string[] = []) =>
      settled(index, vips, { haproxy: { ...running, unitRevision: sets[index]?.haproxyUnitRevision } });
    const plan = makePlan(spec, sets, stateOf(old(0, [vip]), old(1), settled(2)));
    expect(plan.nodes.map(({ node, haproxy, keepalived, drain }) => ({ node, haproxy, keepalived, drain }))).toEqual([
      { node: 'cp2', haproxy: 'restart', keepalived: 'none', drain: false },
      { node: 'cp1', haproxy: 'restart', keepalived: 'none', drain: true },
    ]);
  });

  test('reloads HAProxy to a newer program where connections are kept, and moves no VIP for it', () => {
    const keeping = fakeSpec({ failover: { ...spec.failover, keepConnections: true } });
    const keeps = keeping.nodes.map((node) => renderNode(keeping, node, fakeTimers, assumedFacts));
    const seen = (index: number, vips: readonly string[], overrides = {}) => {
      const set = keeps[index];
      if (!set) throw new Error('no such node');
      return settledNode(index, set, vips, overrides);
    };
    const haproxy = {
      active: 'active',
      enabled: true,
      ageMs: 60_000,
      replaced: 'HAProxy version 2.6.12',
      unitRevision: keeps[0]?.haproxyUnitRevision,
    };
    const plan = makePlan(keeping, keeps, stateOf(seen(0, [vip], { haproxy }), seen(1, []), seen(2, [])));
    expect(plan.nodes).toMatchObject([{ node: 'cp1', haproxy: 'reload', keepalived: 'none', drain: false }]);
    expect(plan.nodes[0]?.effect).toContain('re-established after 10 minutes');
    // One that does not answer cannot be trusted with a reload.
    const silent = seen(0, [vip], { haproxy, haproxyConfig: unknown('no answer') });
    expect(makePlan(keeping, keeps, stateOf(silent, seen(1, []), seen(2, []))).nodes).toMatchObject([
      { node: 'cp1', haproxy: 'restart', drain: true, effect: expect.stringContaining('when HAProxy restarts') },
    ]);
  });

  test('restarts everything by a reload of HAProxy where connections are kept', () => {
    const keeping = fakeSpec({ failover: { ...spec.failover, keepConnections: true } });
    const keeps = keeping.nodes.map((node) => renderNode(keeping, node, fakeTimers, assumedFacts));
    const state = stateOf(...keeps.map((set, index) => settledNode(index, set, index === 1 ? [vip] : [])));
    const visit = { haproxy: 'reload', keepalived: 'restart' };
    expect(makePlan(keeping, keeps, state, { restart: true }).nodes).toMatchObject([
      { node: 'cp3', ...visit, drain: false },
      { node: 'cp1', ...visit, drain: false },
      { node: 'cp2', ...visit, drain: true, effect: expect.stringContaining('go on for up to 10 minutes') },
    ]);
    expect(makePlan(spec, sets, allSettled(), { restart: true }).nodes).toMatchObject(
      Array.from({ length: 3 }, () => ({ haproxy: 'restart', keepalived: 'restart' })),
    );
  });

  test('says of a handover that connections go on, where the node has what that needs', () => {
    const keeping = fakeSpec({ failover: { ...spec.failover, keepConnections: true } });
    const keeps = keeping.nodes.map((node) => renderNode(keeping, node, fakeTimers, assumedFacts));
    const before = keeps.map((set, index) =>
      settledNode(index, set, index === 1 ? [vip] : [], index === 1 ? { keepalived: replacedKeepalived(set) } : {}),
    );
    expect(makePlan(keeping, keeps, stateOf(...before)).nodes).toMatchObject([
      { node: 'cp2', drain: true, effect: expect.stringContaining('go on for up to 10 minutes') },
    ]);
  });

  test('finishes an interrupted rollout: files are in place, but the programs have not read them', () => {
    const state = stateOf(
      settled(0, [], { keepalivedConfig: { known: true, value: 'older' } }),
      settled(1, [vip]),
      settled(2),
    );
    expect(makePlan(spec, sets, state).nodes).toMatchObject([
      { node: 'cp1', changes: [], keepalived: 'reload', haproxy: 'none' },
    ]);
  });

  test('ends a drain that an interrupted rollout left behind, but never one of an operator', () => {
    const left = drainedBy({ by: 'rollout', token: 't', owner: 'root' });
    expect(makePlan(spec, sets, left).nodes).toMatchObject([{ node: 'cp1', undrain: true, changes: [] }]);
    for (const reason of ['apply kernel patches', 'apply root', 'rollout', 'new disk'])
      expect(isEmpty(makePlan(spec, sets, drainedBy({ by: 'operator', name: 'ada', reason })))).toBe(true);
  });

  test('removes files of ours that are no longer wanted, staged leftovers among them', () => {
    const extra = { path: `${paths.haproxyConfig}.k8s-ha-new`, mode: 0o644, owner: 'root:root', content: 'x' };
    const seen = settled(0);
    const state = stateOf({ ...seen, files: [...seen.files, extra] }, settled(1, [vip]), settled(2));
    expect(makePlan(spec, sets, state).nodes).toMatchObject([
      { node: 'cp1', changes: [{ action: 'delete', path: extra.path }] },
    ]);
  });

  test('repairs a file that was edited by hand, and its mode', () => {
    const seen = settled(0);
    const files = seen.files.map((file) => (file.path === paths.checkScript ? { ...file, mode: 0o644 } : file));
    const state = stateOf({ ...seen, files }, settled(1, [vip]), settled(2));
    const plan = makePlan(spec, sets, state);
    expect(plan.nodes[0]?.changes[0]?.diff).toContain('mode 644 → 755');
  });

  test('restarts a HAProxy that does not answer instead of reloading it', () => {
    const state = stateOf(settled(0, [], { haproxyConfig: unknown('timed out') }), settled(1, [vip]), settled(2));
    expect(makePlan(spec, sets, state).nodes).toMatchObject([{ node: 'cp1', haproxy: 'restart' }]);
  });

  test('leaves nodes out that could not be seen: preflight refuses them', () => {
    const plan = makePlan(spec, sets, stateOf('cannot be reached', settled(1, [vip]), settled(2)));
    expect(isEmpty(plan)).toBe(true);
  });

  test('has a hash that changes with what is done', () => {
    const one = makePlan(spec, sets, stateOf(freshNode(0), settled(1, [vip]), settled(2)));
    const two = makePlan(spec, sets, stateOf(freshNode(0), freshNode(1), settled(2, [vip])));
    expect(one.hash).not.toBe(two.hash);
  });
});
