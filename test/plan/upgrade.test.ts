import { describe, expect, test } from 'vitest';
import type { PackageSeen } from '../../src/observe/once/packages.ts';
import { packagesCommand, parsePackages } from '../../src/observe/once/packages.ts';
import { planUpgrade } from '../../src/plan/upgrade.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { renderNode } from '../../src/render/render.ts';
import { upgradeText } from '../../src/report/upgrade.ts';
import { freshNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const spec = fakeSpec();

function holding(index: number, vip: string) {
  const node = freshNode(index);
  const own = node.addresses.known ? node.addresses.value : [];
  return freshNode(index, {
    addresses: { known: true, value: [...own, { interface: 'eth0', mac: 'x', address: vip, prefixLength: 32 }] },
  });
}

const state = stateOf(holding(0, '172.16.100.100'), holding(1, '172.16.100.101'), freshNode(2));

function haproxy(overrides: Partial<PackageSeen> = {}): PackageSeen {
  return {
    name: 'haproxy',
    installed: '2.6.12-1',
    target: '2.6.12-2',
    newer: true,
    available: ['2.6.12-2', '2.6.12-1'],
    ...overrides,
  };
}

function onAll(found: PackageSeen) {
  return spec.nodes.map(({ name }) => ({ node: name, manager: 'apt' as const, packages: [found] }));
}

describe('an upgrade', () => {
  test('goes through the nodes that hold nothing first, and says what clients notice and what cannot be undone', () => {
    const plan = planUpgrade(spec, state, onAll(haproxy({ available: ['2.6.12-2'] })), undefined);
    if (!plan.ok) throw new Error(JSON.stringify(plan.error));
    expect(plan.value.nodes.map(({ node, holder }) => [node, holder])).toEqual([
      ['cp3', false],
      ['cp2', true],
      ['cp1', true],
    ]);
    const text = upgradeText(plan.value);
    expect(text).toContain('haproxy 2.6.12-1 → 2.6.12-2');
    expect(text).toContain('clients: one planned handover');
    expect(text).toContain('cannot be undone: haproxy 2.6.12-1 is no longer available');
  });

  test('moves no VIP for HAProxy alone where connections are kept, and says that they go on', () => {
    const keeping = fakeSpec({ failover: { ...spec.failover, keepConnections: true } });
    const seen = keeping.nodes.map((node, index) => {
      const { files } = renderNode(keeping, node, fakeTimers, assumedFacts);
      const on = index === 0 ? holding(0, '172.16.100.100') : freshNode(index);
      return { ...on, files: files.map(({ path, mode, content }) => ({ path, mode, content, owner: 'root:root' })) };
    });
    const textOf = (name: 'haproxy' | 'keepalived'): string => {
      const plan = planUpgrade(keeping, stateOf(...seen), onAll(haproxy({ name })), undefined);
      if (!plan.ok) throw new Error(JSON.stringify(plan.error));
      return upgradeText(plan.value);
    };
    expect(textOf('haproxy')).toMatch(
      /cp1\n.*\n {2}reload HAProxy\n {2}clients: connections through this node go on for up to 10 minutes\n/,
    );
    expect(textOf('keepalived')).toMatch(/cp1\n.*\n {2}move the VIPs away, restart keepalived\n.*one planned handover/);
  });

  test('finishes what one that was killed has left, says so, and is another plan for it', () => {
    const wanted = spec.nodes.map((node) => renderNode(spec, node, fakeTimers, assumedFacts));
    const unfinished = makePlan(spec, wanted, state);
    const plan = planUpgrade(spec, state, onAll(haproxy()), undefined, unfinished);
    const without = planUpgrade(spec, state, onAll(haproxy()), undefined);
    if (!plan.ok || !without.ok) throw new Error('no plan');
    expect(plan.value.hash).not.toBe(without.value.hash);
    expect(upgradeText(plan.value)).toContain('What an upgrade that was killed has left to do comes first.');
    expect(upgradeText(plan.value)).toContain(`(plan ${unfinished.hash})`);
    expect(upgradeText(without.value)).not.toContain('comes first');
  });

  test('leaves out nodes that have the newest, and is another plan then', () => {
    const all = planUpgrade(spec, state, onAll(haproxy()), undefined);
    const some = planUpgrade(
      spec,
      state,
      onAll(haproxy()).map((one) => (one.node === 'cp2' ? { ...one, packages: [haproxy({ newer: false })] } : one)),
      undefined,
    );
    if (!all.ok || !some.ok) throw new Error('no plan');
    expect(some.value.nodes.map(({ node }) => node)).toEqual(['cp3', 'cp1']);
    expect(some.value.hash).not.toBe(all.value.hash);
    expect(planUpgrade(spec, state, onAll(haproxy({ newer: false })), undefined)).toMatchObject({
      ok: true,
      value: { nodes: [] },
    });
  });

  test.each([
    ['is not installed', haproxy({ installed: undefined }), undefined, 'is not installed as a Debian package'],
    [
      'is not available',
      haproxy({ target: undefined, newer: false }),
      '9',
      '9 is not available on the node; it has 2.6.12-2',
    ],
    ['would go back', haproxy({ target: '2.4', newer: false }), '2.4', '2.4 is older than 2.6.12-1'],
  ])('is refused where a package %s', (_, found, to, message) => {
    const plan = planUpgrade(spec, state, onAll(found), to);
    expect(plan).toMatchObject({ ok: false, error: [{ node: 'cp1', rule: 'upgrade-impossible' }, {}, {}] });
    expect(!plan.ok && plan.error[0]?.message).toContain(message);
  });

  test('finds nothing to do where the version that is asked for is there already', () => {
    const there = haproxy({ installed: '2.6.12-2', newer: false });
    expect(planUpgrade(spec, state, onAll(there), '2.6.12-2')).toMatchObject({ ok: true, value: { nodes: [] } });
  });
});

function section(name: string, text: string, rc = 0): string {
  return `${name} ${rc} ${text.length}\n${text}\n`;
}

function read(...sections: readonly string[]) {
  return parsePackages(Buffer.from(sections.join('')).toString('base64'), ['haproxy']);
}

describe('what a node says of its packages', () => {
  test('is read, with every version that it could get', () => {
    expect(
      read(
        section('update', ''),
        section('installed:haproxy', '2.6.12-1'),
        section('target:haproxy', '2.6.12-2'),
        section('available:haproxy', ' 2.6.12-2 \n 2.6.12-1 '),
        section('newer:haproxy', ''),
      ),
    ).toEqual({ problem: undefined, packages: [haproxy()] });
  });

  test('is no version where there is none, and a problem where the lists cannot be read', () => {
    const { packages, problem } = read(
      section('update', 'E: no route', 100),
      section('installed:haproxy', 'no packages found', 1),
      section('target:haproxy', '(none)'),
      section('newer:haproxy', '', 0),
    );
    expect(problem).toBe('E: no route');
    expect(packages).toEqual([
      { name: 'haproxy', installed: undefined, target: undefined, newer: false, available: [] },
    ]);
    expect(parsePackages('', ['haproxy']).problem).toBeDefined();
  });

  test('is asked with the version quoted', () => {
    expect(packagesCommand('apt', ['haproxy'], "1'; rm -rf /").stdin).toContain("grep -Fx -- '1'\\''; rm -rf /'");
  });
});
