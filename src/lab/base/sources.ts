import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One line of a sources.list, with the suite apart, because only the host's own Debian release goes into the image. */
export interface AptSource {
  readonly suite: string;
  readonly line: string;
}

/** Reads the one-line format of sources.list(5): `deb [options] uri suite component…`. */
export function parseList(text: string): readonly AptSource[] {
  return text.split('\n').flatMap((raw) => {
    const line = raw.replace(/#.*/, '').trim();
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?\S+\s+(\S+)/.exec(line);
    return match?.[1] === undefined ? [] : [{ suite: match[1], line }];
  });
}

/** Reads the deb822 format of sources.list(5) into the same lines; disabled stanzas and `deb-src` are left out. */
export function parseDeb822(text: string): readonly AptSource[] {
  return text
    .replaceAll(/^#.*\n?/gm, '')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const field = fieldsOf(stanza);
      const words = (name: string): readonly string[] =>
        (field.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
      if (!words('types').includes('deb') || /^(no|false|0)$/i.test(field.get('enabled') ?? 'yes')) return [];
      // A key that is embedded in the stanza cannot be said on one line; Debian's own keyring is in the image's recipe anyway.
      const keyring = words('signed-by').filter((word) => word.startsWith('/'));
      const options = keyring.length === 0 ? '' : `[signed-by=${keyring.join(',')}] `;
      return words('uris').flatMap((uri) =>
        words('suites').map((suite) => ({
          suite,
          line: `deb ${options}${uri} ${suite} ${words('components').join(' ')}`,
        })),
      );
    });
}

function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, name = '', value = ''] of stanza.matchAll(/^([\w-]+):((?:.*)(?:\n[ \t].*)*)/gm))
    fields.set(name.toLowerCase(), value.trim());
  return fields;
}

/** Lines of the host's own release (`bookworm`, `bookworm-security`, …): third-party archives stay out of the image. */
export function linesOfRelease(sources: readonly AptSource[], codename: string): readonly string[] {
  return [
    ...new Set(
      sources.filter(({ suite }) => suite === codename || suite.startsWith(`${codename}-`)).map(({ line }) => line),
    ),
  ];
}

/** The host's lines, for another release of the same mirrors; the release's own lines where the host has some. */
export function linesOfOther(sources: readonly AptSource[], host: string, other: string): readonly string[] {
  const own = linesOfRelease(sources, other);
  if (own.length > 0) return own;
  return linesOfRelease(
    sources.map(({ suite, line }) => {
      const moved = suite.replace(host, other);
      return { suite: moved, line: line.replace(` ${suite}`, ` ${moved}`) };
    }),
    other,
  );
}

/** Everything that this host's apt is configured to read packages from. */
export async function readSources(etcApt = '/etc/apt'): Promise<readonly AptSource[]> {
  const parts = join(etcApt, 'sources.list.d');
  const names = await readdir(parts).catch(() => []);
  const files = [
    join(etcApt, 'sources.list'),
    ...names.toSorted((a, b) => a.localeCompare(b)).map((name) => join(parts, name)),
  ];
  const read = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (file.endsWith('.sources')) return parseDeb822(text);
      return file.endsWith('.list') ? parseList(text) : [];
    }),
  );
  return read.flat();
}

/** `VERSION_CODENAME` of os-release(5); empty where there is none. */
export function codenameOf(osRelease: string): string {
  return /^VERSION_CODENAME="?(\w+)"?$/m.exec(osRelease)?.[1] ?? '';
}
