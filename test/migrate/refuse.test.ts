import { describe, expect, it } from 'vitest';
import { handsOver, obstacles } from '../../src/migrate/refuse.ts';
import { healthPort } from '../../src/node/paths.ts';
import type { NodeView } from '../../src/migrate/model.ts';
import { asideOf, foreign, ours, spec, theirs, unit, viewsOf, vips } from './views.ts';

function found(...views: readonly NodeView[]): string[] {
  const { state } = viewsOf(...views);
  return obstacles(spec, state, views).map(({ rule, node, severity }) => `${node} ${severity} ${rule}`);
}

const { port } = spec.endpoint;
const by = 'haproxy.service';

function listening(program: string, at = port) {
  return { address: '*', port: at, program };
}

describe('what stands in the way of a migration', () => {
  it('is nothing where only the API is served and floated, nor in the middle of one, nor after it', () => {
    expect(found(theirs(0, vips), theirs(1))).toEqual([]);
    expect(found(asideOf(0, vips), asideOf(1))).toEqual([]);
    expect(found(ours(0, vips), ours(1))).toEqual([]);
  });

  it('an ingress in the same HAProxy; its statistics are not, and one on other ports goes on', () => {
    const with443 = foreign({
      ports: [port, 443, 8404].map((one) => ({ port: one, shared: true, by })),
      frontends: [
        { name: 'web', port: 443, onlyTells: false },
        { name: 'stats', port: 8404, onlyTells: true },
      ],
    });
    const stats = foreign({
      ports: [port, 8404].map((one) => ({ port: one, shared: true, by })),
      frontends: [{ name: 'stats', port: 8404, onlyTells: true }],
    });
    const elsewhere = foreign({ ports: [{ port: 443, shared: true, by }] });
    expect(
      found(
        { ...theirs(0, vips), foreign: with443 },
        { ...theirs(1), foreign: stats },
        { ...theirs(2), foreign: elsewhere },
      ),
    ).toEqual(['cp1 error migrate-haproxy-shared', 'cp2 info migrate-page-ends', 'cp3 info migrate-haproxy-stays']);
  });

  it('a port of which nothing is known', () => {
    const unknownPort = foreign({ ports: [port, 9000].map((one) => ({ port: one, shared: true, by })) });
    expect(found({ ...theirs(0, vips), foreign: unknownPort })).toEqual(['cp1 error migrate-haproxy-shared']);
  });

  it('other addresses of the former keepalived, one pod for both, and a process that nobody is known to run', () => {
    const worst = foreign({
      floats: [...vips, '10.0.0.9'],
      found: [unit('keepalived'), unit('haproxy', { programs: ['keepalived', 'haproxy'], runner: 'static-pod' })],
      strays: [{ pid: 9, ancestors: [1], program: 'keepalived', cgroup: '/user.slice' }],
    });
    expect(found({ ...theirs(0, vips), foreign: worst })).toEqual([
      'cp1 error migrate-stray-process',
      'cp1 error migrate-one-pod',
      'cp1 error migrate-other-vips',
    ]);
  });

  it('is not what another keepalived would float that does not run', () => {
    const still = [unit('keepalived', { active: false }), unit('haproxy')];
    expect(found({ ...theirs(0), foreign: foreign({ found: still, floats: [...vips, '10.0.0.9'] }) })).not.toContain(
      'cp1 error migrate-other-vips',
    );
  });

  it.each([
    { cgroup: '/user.slice', where: 'in /user.slice' },
    { cgroup: '', where: 'in no control group' },
  ])('a process that nobody is known to run, $where', ({ cgroup, where }) => {
    const stray = foreign({ strays: [{ pid: 9, ancestors: [1], program: 'keepalived', cgroup }] });
    const [finding] = obstacles(spec, viewsOf().state, [{ ...theirs(0, vips), foreign: stray }]);
    expect(finding?.message).toContain(`keepalived runs (process 9, ${where}), and neither`);
  });

  it('a container that a unit would start again', () => {
    const container = { runner: 'podman', id: 'vrrp', restart: '', unit: 'vrrp.service' } as const;
    const [run, ...more] = obstacles(spec, viewsOf().state, [
      { ...theirs(0, vips), foreign: foreign({ found: [unit('keepalived', container), unit('haproxy')] }) },
    ]);
    expect(run).toMatchObject({
      rule: 'migrate-unit-runs-container',
      message: 'the podman container vrrp is run by vrrp.service',
    });
    expect(more).toEqual([]);
  });

  it('a VIP that no known keepalived put there', () => {
    expect(found({ ...theirs(0, vips), foreign: foreign({ found: [unit('haproxy')] }) })).toEqual([
      'cp1 error migrate-unknown-holder',
    ]);
  });

  it('is not the port that the former HAProxy has, but the same port in other hands, and other ports of it', () => {
    const handedOver = handsOver(spec, [theirs(0, vips)]);
    expect(handedOver('cp1', listening('haproxy'))).toBe(true);
    expect(handedOver('cp1', listening('nginx'))).toBe(false);
    expect(handedOver('cp1', listening('haproxy', healthPort))).toBe(false);
    expect(handedOver('cp2', listening('haproxy'))).toBe(false);
  });
});
