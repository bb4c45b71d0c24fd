import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command, CommandResult } from '../../src/core/command.ts';
import { parseSections } from '../../src/observe/once/sections.ts';
import { encode } from '../fakes/sim/observation.ts';
import { fakeSpec } from '../fakes/spec.ts';
import type { Machine } from './machine.ts';

/** Folders of a node that commands name: each is below the machine's own root. */
const roots = ['/etc/k8s-ha', '/run/k8s-ha', '/var/lib/k8s-ha', '/etc/systemd/system', '/run/systemd/system'];

/** As much of systemd as the commands ask for: which units run, and which are enabled. */
const systemctl = `#!/bin/sh
state=@ROOT@/systemd
verb= now= units=
for word; do
    case $word in
        --now) now=yes ;;
        -*) ;;
        *) if [ -z "$verb" ]; then verb=$word; else units="$units $word"; fi ;;
    esac
done
echo "$verb$units" >>@ROOT@/systemd.log
for unit in $units; do
    case $verb in
        start | restart | reload-or-restart | reload) [ -f "@ROOT@/etc/systemd/system/$unit" ] || exit 5; : >"$state/$unit.active" ;;
        stop) rm -f "$state/$unit.active" ;;
        enable) [ -f "@ROOT@/etc/systemd/system/$unit" ] || exit 5; : >"$state/$unit.enabled" ;;
        disable)
            [ -f "@ROOT@/etc/systemd/system/$unit" ] || exit 5
            rm -f "$state/$unit.enabled"; [ -z "$now" ] || rm -f "$state/$unit.active" ;;
        is-active) [ -f "$state/$unit.active" ] || exit 3 ;;
    esac
done
exit 0
`;

/** As much of nft as the commands ask for: a table that is loaded from a file, and deleted. */
const nft = `#!/bin/sh
case "$1 $2" in
    '-f '*) cp "$2" @ROOT@/systemd/nft ;;
    'delete table') rm @ROOT@/systemd/nft ;;
esac
`;

const nothing = '#!/bin/sh\nexit 0\n';

/**
 * A folder as a machine: the real shell of the real commands runs in it, with paths below the folder and a small systemd.
 * Needs no root.
 * @param shell the program that reads the scripts, such as `dash` or `busybox sh`
 */
export async function shellMachine(shell: readonly string[]): Promise<Machine> {
  const root = await mkdtemp(join(tmpdir(), 'k8s-ha-contract-'));
  const bin = join(root, 'bin');
  const below = (path: string): string => join(root, path);
  const clean = async (): Promise<void> => {
    for (const folder of [...roots, '/systemd']) {
      await rm(below(folder), { recursive: true, force: true });
      await mkdir(below(folder), { recursive: true });
    }
    for (const folder of roots.slice(0, 3)) await rm(below(folder), { recursive: true, force: true });
  };
  await mkdir(bin);
  for (const [name, text] of Object.entries({
    systemctl,
    nft,
    chown: nothing,
    'systemd-run': nothing,
    logger: nothing,
    ip: nothing,
    podman: nothing,
  })) {
    await writeFile(join(bin, name), text.replaceAll('@ROOT@', root));
    await chmod(join(bin, name), 0o755);
  }
  await clean();
  const spec = fakeSpec();
  return {
    spec,
    node: 'cp1',
    host: {
      name: 'cp1',
      close: async () => undefined,
      run: async (command): Promise<CommandResult> => {
        const text = roots.reduce((sum, path) => sum.replaceAll(path, below(path)), command.stdin ?? '');
        const ended = await exec([...shell, '-s'], text, { PATH: `${bin}:/usr/bin:/bin`, HOME: root });
        return { command, ...ended, stdout: withoutRoot(command, ended.stdout, root) };
      },
    },
    file: async (path) => {
      try {
        const { mode } = await stat(below(path));
        return { mode: mode & 0o7777, content: await readFile(below(path), 'utf8') };
      } catch {
        return undefined;
      }
    },
    put: async (path, content, mode = 0o644) => {
      await mkdir(dirname(below(path)), { recursive: true });
      await writeFile(below(path), content, { mode });
    },
    files: async () => {
      const found = await Promise.all(
        roots.map(async (folder) => {
          const entries = await readdir(below(folder), { recursive: true, withFileTypes: true }).catch(() => []);
          return entries
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
        }),
      );
      return found.flat();
    },
    service: async (name) => {
      const has = async (what: string): Promise<boolean> =>
        stat(below(`/systemd/k8s-ha-${name}.service.${what}`)).then(
          () => true,
          () => false,
        );
      return { active: await has('active'), enabled: await has('enabled') };
    },
    guarded: async () =>
      stat(below('/systemd/nft')).then(
        () => true,
        () => false,
      ),
    clean,
    close: async () => rm(root, { recursive: true, force: true }),
  };
}

/** What the folder's own paths are in an answer that is made of sections, a machine would not have. */
function withoutRoot({ intent }: Command, stdout: string, root: string): string {
  if (intent?.kind !== 'read-history') return stdout;
  const sections = [...parseSections(stdout)].map(([name, { rc, text }]) => ({
    name: name.replaceAll(root, ''),
    rc,
    text: text.replaceAll(root, ''),
  }));
  return encode(sections);
}

async function exec(
  [program = '', ...args]: readonly string[],
  stdin: string,
  env: Record<string, string>,
): Promise<Pick<CommandResult, 'rc' | 'stdout' | 'stderr'>> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ rc: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr }),
    );
    child.stdin?.end(stdin);
  });
}
