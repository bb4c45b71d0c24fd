import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installCommand } from '../../src/act/rollout/commands/packages.ts';
import { downgradeCommand, upgradeCommand } from '../../src/act/rollout/commands/packages.ts';
import { removeCommand } from '../../src/act/rollout/commands/remove.ts';
import { explain } from '../../src/act/rollout/step.ts';
import type { Command } from '../../src/core/command.ts';
import { managers } from '../../src/node/packages/index.ts';
import {
  packagesCommand,
  parsePackages,
  servicePackages,
  type ServicePackage,
} from '../../src/observe/once/packages.ts';
import type { PackageUpgrade } from '../../src/plan/upgrade.ts';
import { missingPrograms, rpmWorld, type Ran, type RpmWorld } from './rpm-world.ts';

const token = 'ours';
const missing = missingPrograms();
const root = process.getuid?.() === 0;
if (missing.length > 0 || !root)
  process.stderr.write(
    `LEFT OUT: packages by dnf and zypper, because ${root ? `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed` : 'it needs root'}.\n`,
  );

const [old, candidate, latest] = ['2.4.17-3.el9', '2.4.22~rc1-1.el9', '2.4.22-1.el9_3'] as const;

/** The commands that verbs run on a node, run by the real programs of the Red Hat and SUSE families. */
describe.skipIf(missing.length > 0 || !root).each(['dnf', 'zypper'] as const)('%s', { timeout: 180_000 }, (name) => {
  let world: RpmWorld;
  beforeAll(() => {
    world = rpmWorld();
    mkdirSync(join(world.folder, 'node/run/k8s-ha'), { recursive: true });
    writeFileSync(join(world.folder, 'node/run/k8s-ha/lock'), `{"token":"${token}"}`);
  }, 60_000);
  afterAll(() => world.end());

  /** dnf takes a while for each question: keepalived, which has an epoch, is asked for only where it matters. */
  const ask = (to?: string, names: readonly ServicePackage[] = ['haproxy']) => {
    const ran = world.run(packagesCommand(name, names, to));
    expect(ran.rc, ran.stderr).toBe(0);
    const { problem, packages } = parsePackages(ran.stdout, names);
    return { problem, haproxy: packages[0], keepalived: packages[1] };
  };
  const good = (command: Command): void => {
    const ran = world.run(command);
    expect(ran, ran.stderr).toMatchObject({ rc: 0 });
  };

  it('says what is on offer where nothing is installed', () => {
    const { problem, haproxy, keepalived } = ask(undefined, servicePackages);
    expect(problem).toBeUndefined();
    expect(haproxy).toMatchObject({ installed: undefined, target: latest });
    expect(haproxy?.available.toSorted()).toEqual([old, latest, candidate].toSorted());
    expect(keepalived?.available.toSorted()).toEqual(['1:2.2.4-2', '1:2.2.8-1']);
  });

  it('installs the newest, remembers it, and lets no service start', () => {
    good(installCommand(token, name, ['haproxy', 'keepalived']));
    expect(ask(undefined, servicePackages)).toMatchObject({
      haproxy: { installed: latest, target: latest, newer: false },
      keepalived: { installed: '1:2.2.8-1', newer: false },
    });
    expect(readFileSync(join(world.folder, 'node/var/lib/k8s-ha/packages'), 'utf8')).toBe('haproxy\nkeepalived\n');
    expect(world.systemctl()).toContain('mask --runtime --quiet haproxy.service keepalived.service');
    expect(world.systemctl()).toContain('unmask --runtime --quiet haproxy.service keepalived.service');
  });

  it('puts an older version back, and knows then what is newer, by its own order', () => {
    good(downgradeCommand(token, name, change(old, latest)));
    expect(ask().haproxy).toMatchObject({ installed: old, target: latest, newer: true });
    expect(ask(candidate).haproxy).toMatchObject({ installed: old, target: candidate, newer: true });
    expect(ask('2.6').haproxy).toMatchObject({ target: undefined, newer: false });
  });

  it('upgrades to the version that was asked for, and to no other', () => {
    good(upgradeCommand(token, name, change(old, candidate)));
    expect(ask().haproxy).toMatchObject({ installed: candidate, target: latest, newer: true });
    good(upgradeCommand(token, name, change(candidate, latest)));
    expect(ask(old).haproxy).toMatchObject({ installed: latest, target: old, newer: false });
  });

  it('says so where a version is not what it was to be', () => {
    const command = upgradeCommand(token, name, change(latest, '9.9-1'));
    expect(suggested(command, world.run(command))).toMatch(
      /9\.9-1|No packages marked|haproxy is 2\.4\.22-1\.el9_3 yet/,
    );
    // Both end well and do nothing when they are told to upgrade to what is older.
    const backwards = upgradeCommand(token, name, change(latest, old));
    expect(suggested(backwards, world.run(backwards))).toContain(`haproxy is ${latest} yet`);
  });

  it('cannot install what no source has, and the way out names where it may be', () => {
    const command = installCommand(token, name, ['socat']);
    expect(suggested(command, world.run(command))).toContain(managers[name].byHand.sources);
  });

  it('says that what can be installed is unknown where no source answers', () => {
    world.offer(false);
    try {
      expect(ask().problem).toMatch(/local/i);
    } finally {
      world.offer(true);
    }
    expect(ask().problem).toBeUndefined();
  });

  it('tells which package a file came with', () => {
    const { rc, stdout } = world.shell(managers[name].byHand.owner('/usr/share/stand-in/haproxy'));
    expect({ rc, stdout }).toEqual({ rc: 0, stdout: `haproxy-${latest}.noarch\n` });
  });

  it('does not upgrade a package that is held, as the remedy says', (context) => {
    good(downgradeCommand(token, name, change(old, latest)));
    const options = name === 'dnf' ? versionlock(world) : {};
    if (options === undefined) {
      context.skip('dnf-plugins-core, which has versionlock, cannot be downloaded');
      return;
    }
    const held = world.shell(
      managers[name].byHand.hold(['haproxy']).replace(name, `${name} ${name === 'dnf' ? '-q' : '-n -q'}`),
      options,
    );
    expect(held.rc, held.stderr).toBe(0);
    world.shell(name === 'dnf' ? 'dnf -q -y upgrade haproxy' : 'zypper -n -q update haproxy', options);
    expect(ask().haproxy).toMatchObject({ installed: old });
    const free = name === 'dnf' ? 'dnf -q versionlock delete haproxy' : 'zypper -n -q removelock haproxy';
    expect(world.shell(free, options).rc).toBe(0);
    world.shell(name === 'dnf' ? 'dnf -q -y upgrade haproxy' : 'zypper -n -q update haproxy', options);
    expect(ask().haproxy).toMatchObject({ installed: latest });
  });

  it('removes what was installed', () => {
    good(removeCommand(token, [], name));
    expect(ask().haproxy).toMatchObject({ installed: undefined });
    expect(world.shell('rpm -q keepalived').rc).toBe(1);
  });
});

/** Debian's package of dnf's plugins breaks its zypper: the one plugin is unpacked beside. */
function versionlock(world: RpmWorld): Record<string, string> | undefined {
  const at = join(world.folder, 'plugins');
  const { rc } =
    world.shell(`mkdir -p ${at}/own ${at}/conf && cd ${at} && apt-get -qq download dnf-plugins-core >/dev/null 2>&1 &&
dpkg -x dnf-plugins-core_*.deb . && cp usr/lib/python3/dist-packages/dnf-plugins/versionlock.py own/ && : >list &&
printf '[main]\\nenabled = 1\\nlocklist = ${at}/list\\n' >conf/versionlock.conf`);
  return rc === 0
    ? {
        PYTHONPATH: `${at}/usr/lib/python3/dist-packages`,
        DNF_OPTIONS: `--setopt=pluginpath=${at}/own --setopt=pluginconfpath=${at}/conf`,
      }
    : undefined;
}

/** What an operator reads of a command that failed. */
function suggested(command: Command, { rc, stdout, stderr }: Ran): string {
  expect(rc, stdout).not.toBe(0);
  const { error, suggestion } = explain({ command, rc: rc ?? undefined, stdout, stderr });
  return `${error}\n${suggestion ?? ''}`;
}

function change(from: string, to: string): readonly PackageUpgrade[] {
  return [{ name: 'haproxy', from, to, canGoBack: true }];
}
