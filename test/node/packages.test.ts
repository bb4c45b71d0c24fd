import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installCommand } from '../../src/act/rollout/commands/packages.ts';
import { downgradeCommand, upgradeCommand } from '../../src/act/rollout/commands/packages.ts';
import { removeCommand } from '../../src/act/rollout/commands/remove.ts';
import { packageManagers } from '../../src/cluster/distribution.ts';
import { complaint, managers, managersPresent } from '../../src/node/packages/index.ts';
import { packagesCommand, parsePackages } from '../../src/observe/once/packages.ts';

const upgrade = [{ name: 'haproxy' as const, from: '2.4.1-1', to: '2.4.2-1', canGoBack: true }];

describe.each(packageManagers)('%s', (name) => {
  test('is told what it was told when this was recorded', async () => {
    const commands = [
      packagesCommand(name, ['haproxy'], undefined),
      packagesCommand(name, ['haproxy'], '2.4.2-1'),
      installCommand('t', name, ['haproxy', 'socat']),
      upgradeCommand('t', name, upgrade),
      downgradeCommand('t', name, upgrade),
      removeCommand('t', [], name),
    ];
    const text = commands.map(({ summary, stdin }) => `# ${summary}\n${stdin}`).join('\n');
    await expect(text).toMatchFileSnapshot(`../golden/packages/${name}.sh`);
  });

  test('has remedies that name it, and no other one', () => {
    const { byHand, program } = managers[name];
    const said = [byHand.refresh, byHand.install(['haproxy', 'socat']), byHand.hold(['haproxy'])].join('\n');
    expect(said).toContain(program.replace('-get', ''));
    for (const other of packageManagers.filter((one) => one !== name))
      expect(said).not.toMatch(new RegExp(`\\b${managers[other].program}\\b`));
  });

  test('gets nothing but words of its own from names and versions', () => {
    const evil = "1'; touch gone; '";
    for (const text of [
      managers[name].install([evil]),
      managers[name].upgrade([{ name: evil, version: evil }]),
      managers[name].downgrade([{ name: evil, version: evil }]),
      packagesCommand(name, ['haproxy'], evil).stdin ?? '',
    ])
      expect(text).not.toContain(evil);
  });
});

test('a node tells which of them it has', () => {
  const bin = mkdtempSync(join(tmpdir(), 'k8s-ha-managers-'));
  try {
    for (const name of ['apt-get', 'zypper']) {
      writeFileSync(join(bin, name), '#!/bin/sh\n');
      chmodSync(join(bin, name), 0o755);
    }
    const ran = spawnSync('/bin/sh', ['-c', `told() { echo "$1 $2$3"; }\n${managersPresent}`], {
      encoding: 'utf8',
      env: { PATH: bin },
    });
    expect(ran.stdout).toBe('package-manager 0 apt zypper\n');
  } finally {
    rmSync(bin, { recursive: true });
  }
});

test('what a manager complains of is known by its own words', () => {
  expect(complaint('E: Unable to locate package haproxy')).toEqual({ name: 'apt', about: 'missing' });
  expect(complaint('Error: Failed to download metadata for repo')).toEqual({ name: 'dnf', about: 'missing' });
  expect(complaint('ERROR: Unable to lock database: temporary error')).toEqual({ name: 'apk', about: 'locked' });
  expect(complaint('a scriptlet failed')).toBeUndefined();
});

/** What apk 2.14 prints, by its manual and its sources: this host has none. */
const apkSays = `#!/bin/sh
case "$*" in
    '-q --wait 60 update') ;;
    'info -e -v haproxy') echo haproxy-2.8.5-r0 ;;
    'policy haproxy') printf '%s\\n' 'haproxy policy:' '  2.8.5-r0:' '    lib/apk/db/installed' '  2.8.9-r0:' '    https://dl-cdn.alpinelinux.org/alpine/v3.20/community' '  2.8.10-r0:' '    https://dl-cdn.alpinelinux.org/alpine/v3.20/community' ;;
    'version -t 2.8.10-r0 2.8.5-r0' | 'version -t 2.8.10-r0 2.8.9-r0') echo '>' ;;
    'version -t '*) echo '<' ;;
    *) echo "not asked for: $*" >&2; exit 9 ;;
esac
`;

describe('apk, by what its manual says that it prints', () => {
  test('tells versions on offer, without one that is only installed', () => {
    expect(askApk()).toEqual({
      problem: undefined,
      packages: [
        {
          name: 'haproxy',
          installed: '2.8.5-r0',
          target: '2.8.10-r0',
          newer: true,
          available: ['2.8.9-r0', '2.8.10-r0'],
        },
      ],
    });
    expect(askApk('2.8.4-r0').packages[0]).toMatchObject({ target: undefined, newer: false });
  });
});

function askApk(to?: string): ReturnType<typeof parsePackages> {
  const bin = mkdtempSync(join(tmpdir(), 'k8s-ha-apk-'));
  try {
    writeFileSync(join(bin, 'apk'), apkSays, { mode: 0o755 });
    const ran = spawnSync('sh', ['-s'], {
      encoding: 'utf8',
      input: packagesCommand('apk', ['haproxy'], to).stdin ?? '',
      env: { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
    });
    return parsePackages(ran.stdout, ['haproxy']);
  } finally {
    rmSync(bin, { recursive: true });
  }
}
