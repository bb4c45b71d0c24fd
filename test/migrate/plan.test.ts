import { describe, expect, it } from 'vitest';
import { planBack } from '../../src/migrate/back.ts';
import { groups } from '../../src/migrate/migrate.ts';
import type { MigrationPlan } from '../../src/migrate/model.ts';
import { planMigration } from '../../src/migrate/plan.ts';
import { migrationText } from '../../src/report/migration.ts';
import { asideOf, foreign, ours, spec, theirs, unit, viewsOf, vips } from './views.ts';

function told({ steps }: MigrationPlan): string[] {
  return steps.map(({ node, kind }) => `${node} ${kind}`);
}

function hashWith(pid: number): string {
  const container = unit('keepalived', { runner: 'podman', id: 'vrrp', handle: { cgroup: 'f00d', pid } });
  const view = { ...theirs(0, vips), foreign: foreign({ found: [container, unit('haproxy')] }) };
  return planMigration(spec, viewsOf(view, theirs(1), theirs(2))).hash;
}

describe('a migration to ours', () => {
  const plan = planMigration(spec, viewsOf(theirs(0, vips), theirs(1), theirs(2)));

  it('changes the holder last, and moves no VIP', () => {
    expect(told(plan)).toEqual([
      'cp3 proxy',
      'cp2 proxy',
      'cp1 proxy',
      'cp3 aside',
      'cp2 aside',
      'cp1 aside',
      'cp3 silence',
      'cp2 silence',
      'cp1 take-over',
      'cp3 stand-by',
      'cp2 stand-by',
    ]);
    expect(plan).toMatchObject({ incumbent: 'cp1', handovers: 0 });
    expect(plan.steps.filter(({ beside }) => beside).map(({ node, kind }) => `${node} ${kind}`)).toEqual([
      'cp1 proxy',
      'cp1 aside',
      'cp1 take-over',
    ]);
    const [, , proxy] = plan.steps;
    expect(proxy?.change?.changes.find(({ path }) => path.endsWith('keepalived.conf'))?.wanted?.content).toContain(
      '172.16.100.100/32 dev lo',
    );
  });

  it('is the same plan when a container has been started again since it was approved', () => {
    expect(hashWith(4711)).toBe(hashWith(4712));
  });

  it('says what is stopped, what is started, and what clients notice', () => {
    const text = migrationText(plan);
    expect(text).toContain('no VIP moves to another node');
    expect(text).toContain('cp1 changes from one keepalived to the other');
    expect(text).toContain('start HAProxy beside haproxy.service');
    expect(text).toContain('last until they end, 10 minutes at most');
  });

  it('does side by side what leaves the VIPs with fewer nodes to move to', () => {
    expect(groups(plan.steps).map((group) => group.map(({ node }) => node).join(' '))).toEqual([
      'cp3',
      'cp2',
      'cp1',
      'cp3 cp2',
      'cp1',
      'cp3 cp2',
      'cp1',
      'cp3 cp2',
    ]);
  });

  it('has nothing left to do when it is done', () => {
    expect(planMigration(spec, viewsOf(ours(0, vips), ours(1), ours(2))).steps).toEqual([]);
  });

  it('goes on where an interrupted one stopped: all stand aside', () => {
    expect(told(planMigration(spec, viewsOf(asideOf(0, vips), asideOf(1), asideOf(2))))).toEqual([
      'cp3 silence',
      'cp2 silence',
      'cp1 take-over',
      'cp3 stand-by',
      'cp2 stand-by',
    ]);
  });

  it('remembers what ran at first, also when it has been disabled since', () => {
    const { remember } = planMigration(spec, viewsOf(asideOf(0, vips), asideOf(1), theirs(2)));
    expect(remember['cp1']).toContainEqual(unit('keepalived'));
    expect(remember['cp3']).toEqual([unit('keepalived'), unit('haproxy')]);
  });

  it('announces one handover for each further node that holds a VIP, by the old keepalived', () => {
    const [first = '', second = ''] = vips;
    const spread = planMigration(spec, viewsOf(theirs(0, [first]), theirs(1, [second]), theirs(2)));
    expect(spread.handovers).toBe(1);
    expect(told(spread).slice(6)).toEqual([
      'cp3 silence',
      'cp2 silence',
      'cp1 take-over',
      'cp3 stand-by',
      'cp2 stand-by',
    ]);
    expect(spread.steps.find(({ moves }) => moves)).toMatchObject({ node: 'cp2', kind: 'silence' });
    expect(migrationText(spread)).toContain('clients: one handover, as fast as the old keepalived is');
  });

  it('says so where the two HAProxys cannot share the port', () => {
    const view = theirs(0, vips);
    const alone = foreign({ ports: [{ port: spec.endpoint.port, shared: false, by: 'haproxy.service' }] });
    const { steps } = planMigration(spec, viewsOf({ ...view, foreign: alone }, theirs(1), theirs(2)));
    const proxy = steps.find(({ node, kind }) => node === 'cp1' && kind === 'proxy');
    expect(proxy?.does).toContain('stop and disable haproxy.service, start HAProxy');
    expect(proxy?.effect).toContain('re-established');
  });

  it('leaves a HAProxy alone that serves another port, and one that does not run', () => {
    const view = theirs(2);
    const ingress = foreign({ ports: [{ port: 443, shared: true, by: 'haproxy.service' }] });
    const { steps } = planMigration(spec, viewsOf(theirs(0, vips), theirs(1), { ...view, foreign: ingress }));
    expect(steps.find(({ node, kind }) => node === 'cp3' && kind === 'proxy')?.former).toEqual([]);
  });

  it('lets all take part where nobody held a VIP', () => {
    const plan2 = planMigration(spec, viewsOf(theirs(0), theirs(1), theirs(2)));
    expect(plan2.incumbent).toBeUndefined();
    expect(plan2.steps.filter(({ kind }) => kind === 'silence')).toHaveLength(3);
    expect(plan2.steps.filter(({ kind }) => kind === 'stand-by')).toHaveLength(3);
  });
});

describe('the way back', () => {
  it('gives back on the node that holds the VIPs, before the others elect', () => {
    const plan = planBack(spec, viewsOf(ours(0), ours(1, vips), ours(2)));
    expect(told(plan)).toEqual([
      'cp2 hand-back',
      'cp3 retire',
      'cp1 retire',
      'cp2 retire',
      'cp3 rejoin',
      'cp1 rejoin',
      'cp3 proxy-back',
      'cp1 proxy-back',
      'cp2 proxy-back',
    ]);
    expect(plan.handovers).toBe(0);
  });

  it('gathers VIPs that are spread, and says that they move', () => {
    const [first = '', second = ''] = vips;
    const plan = planBack(spec, viewsOf(ours(0, [first]), ours(1, [second]), ours(2)));
    expect(told(plan)[0]).toBe('cp1 gather');
    expect(plan.handovers).toBe(1);
    expect(migrationText(plan)).toContain('one planned handover');
  });

  it('takes back a migration that stopped in the middle, where the former keepalived still holds the VIPs', () => {
    const plan = planBack(spec, viewsOf(asideOf(0, vips), asideOf(1), asideOf(2)));
    expect(told(plan)).toEqual([
      'cp3 retire',
      'cp2 retire',
      'cp1 retire',
      'cp3 rejoin',
      'cp2 rejoin',
      'cp3 proxy-back',
      'cp2 proxy-back',
      'cp1 proxy-back',
    ]);
  });

  it('is not to be had where nobody remembers a keepalived', () => {
    const forgetful = { ...ours(0, vips), foreign: foreign({ found: [], ports: [], remembered: [] }) };
    expect(planBack(spec, viewsOf(forgetful)).incumbent).toBeUndefined();
  });
});
