import { describe, expect, test } from 'vitest';
import { kindOf, summaryOf } from '../../src/migrate/foreign/index.ts';
import type { Former } from '../../src/migrate/foreign/foreign.ts';

/** One of each kind of program that a migration finds, as it comes back by itself or does not. */
const formers: Readonly<Record<string, Former>> = {
  'unit enabled': { runner: 'systemd', programs: ['haproxy'], id: 'haproxy.service', active: true, restart: 'enabled' },
  'unit of keepalived': {
    runner: 'systemd',
    programs: ['keepalived'],
    id: 'keepalived.service',
    active: true,
    restart: '',
  },
  docker: { runner: 'docker', programs: ['haproxy'], id: 'lb', active: true, restart: 'always' },
  'docker without a policy': { runner: 'docker', programs: ['keepalived'], id: 'ka', active: true, restart: '' },
  podman: { runner: 'podman', programs: ['haproxy'], id: 'lb', active: true, restart: 'always' },
  'podman without a policy': { runner: 'podman', programs: ['keepalived'], id: 'ka', active: true, restart: '' },
  'static pod': {
    runner: 'static-pod',
    programs: ['haproxy', 'keepalived'],
    id: '/etc/kubernetes/manifests/lb.yaml',
    active: true,
    restart: 'always',
    handle: { cgroup: 'kubepods-burstable-pod1234', pid: 4711 },
  },
};

describe('what nodes are told about a former program', () => {
  // The corpus that shellcheck reads, kept for review as the other commands are.
  test.each(Object.entries(formers))('that is: %s', async (name, former) => {
    const kind = kindOf(former);
    const functions = (['forbid', 'stop', 'quiet', 'start'] as const).map(
      (verb) => `# ${verb} ${summaryOf(former)}\n${verb}_it() {\n${kind[verb](former).join('\n') || ':'}\n}\n`,
    );
    await expect(`#!/bin/sh\n${functions.join('\n')}`).toMatchFileSnapshot(
      `../golden/runs/former-${name.replaceAll(' ', '-')}.sh`,
    );
  });
});
