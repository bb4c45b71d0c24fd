import { describe, expect, test } from 'vitest';
import type { ConfinementSeen } from '../../src/cluster/confinement.ts';
import { preflight } from '../../src/judge/preflight.ts';
import { freshNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const enforcing = { enforcing: true, confinesHaproxy: true, moduleLoaded: false };

function found(confinement: ConfinementSeen, runtime: 'systemd' | 'podman' = 'systemd') {
  return preflight(fakeSpec({ runtime }), stateOf(freshNode(0, { confinement }), freshNode(1), freshNode(2))).filter(
    ({ rule }) => rule.startsWith('selinux') || rule.startsWith('apparmor'),
  );
}

describe('SELinux', () => {
  test('that enforces a policy without our module is named, with the commands', () => {
    const [finding, ...more] = found({ selinux: enforcing, profiles: [] });
    expect(finding).toMatchObject({ rule: 'selinux-unprepared', severity: 'warning', node: 'cp1' });
    expect(finding?.suggestion).toContain('semodule -i k8s_ha.pp && restorecon -R /etc/k8s-ha /run/k8s-ha');
    expect(more).toEqual([]);
  });

  test('that is permissive, or does not confine HAProxy, stands in no way', () => {
    expect(found({ selinux: { ...enforcing, enforcing: false }, profiles: [] })).toEqual([]);
    expect(found({ selinux: { ...enforcing, confinesHaproxy: false }, profiles: [] })).toEqual([]);
    expect(found({ profiles: [] })).toEqual([]);
  });

  test('that knows our module wants the folder to have its label', () => {
    const loaded = { ...enforcing, moduleLoaded: true };
    expect(found({ selinux: loaded, profiles: [] })).toEqual([]);
    expect(found({ selinux: { ...loaded, folderType: 'k8s_ha_etc_t' }, profiles: [] })).toEqual([]);
    expect(found({ selinux: { ...loaded, folderType: 'etc_t' }, profiles: [] })).toMatchObject([
      { rule: 'selinux-unlabelled', message: '/etc/k8s-ha has the type etc_t instead of k8s_ha_etc_t' },
    ]);
  });

  test('does not concern containers, which run without labels', () => {
    expect(found({ selinux: enforcing, profiles: ['haproxy'] }, 'podman')).toEqual([]);
  });
});

describe('AppArmor', () => {
  test('names the profile and the file that ours is added to', () => {
    expect(found({ profiles: ['/usr/sbin/haproxy'] })).toMatchObject([
      {
        rule: 'apparmor-unprepared',
        message: 'AppArmor enforces the profile /usr/sbin/haproxy, which does not name the files of k8s-ha',
        reason: 'haproxy may read and write what its profile names, and nothing else.',
      },
    ]);
  });
});
