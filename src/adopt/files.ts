import type { GivenFile } from './given.ts';

/** Files that a pattern such as `conf.d/*.conf` means: compared by the end of their path, since they may lie anywhere. */
export function includedIn(files: readonly GivenFile[], pattern: string, from: string): readonly GivenFile[] {
  const folder = from.includes('/') ? from.replace(/[^/]*$/, '') : '';
  const tail = pattern.split('/').slice(-2).join('/');
  const near = files.filter(
    ({ file }) => file !== from && matches(pattern.startsWith('/') ? pattern : `${folder}${pattern}`).test(file),
  );
  return near.length > 0 ? near : files.filter(({ file }) => file !== from && matches(tail).test(file));
}

function matches(wanted: string): RegExp {
  const expression = wanted
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`(^|/)${expression}$`);
}

type Test = (file: GivenFile) => boolean;

/**
 * Several keepalived configurations beside each other, none of which includes another, are those of several nodes
 * (`keepalived-lb1.conf`, `keepalived-lb2.conf`): each gets its node from its name, and so does a haproxy.cfg of that name.
 */
export function withNodes(files: readonly GivenFile[], isKeepalived: Test, isHaproxy: Test): readonly GivenFile[] {
  if (files.some(({ node }) => node !== undefined)) return files;
  const all = files.filter(isKeepalived);
  const included = new Set(
    all.flatMap(({ file, text }) =>
      [...text.matchAll(/^[ \t]*(?:@\S+[ \t]+)?include[rmwba]?[ \t]+(\S+)/gm)].flatMap(([, pattern = '']) =>
        includedIn(files, pattern.replaceAll(/^["']|["']$/g, ''), file).map((one) => one.file),
      ),
    ),
  );
  const mains = all.filter(({ file, text }) => !included.has(file) && /^[ \t]*vrrp_instance\b/m.test(text));
  if (mains.length < 2) return files;
  const names = namesOf(mains.map(({ file }) => file));
  const proxies = files.filter(isHaproxy);
  const proxyNames = namesOf(proxies.map(({ file }) => file));
  return files.map((given) => {
    const main = mains.indexOf(given);
    if (main >= 0) return { ...given, node: names[main] };
    const proxy = proxies.indexOf(given);
    const name = proxy >= 0 && proxies.length > 1 ? proxyNames[proxy] : undefined;
    return name !== undefined && names.includes(name) ? { ...given, node: name } : given;
  });
}

/** What tells files apart: the last part of their names without the program's, otherwise the whole name. */
function namesOf(paths: readonly string[]): string[] {
  const short = paths.map((path) =>
    (path.split('/').at(-1) ?? path)
      .replace(/\.(conf|cfg)(\.\w+)?$/, '')
      .replaceAll(/keepalived|haproxy/gi, '')
      .replaceAll(/^[-_.]+|[-_.]+$/g, ''),
  );
  const folders = paths.map((path) => path.split('/').at(-2) ?? '');
  return distinct(short) ? short : distinct(folders) ? folders : [...paths];
}

function distinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length && !list.includes('');
}

/**
 * The files of one HAProxy, which reads a folder's in the order of their names: the main one first where it has the name. A
 * file that repeats a section is another HAProxy's.
 */
export function haproxyFiles(files: readonly GivenFile[]): GivenFile[] {
  const sorted = files.toSorted((a, b) => Number(isMain(b)) - Number(isMain(a)));
  const taken = new Set<string>();
  return sorted.filter(({ text }) => {
    const names = [...text.matchAll(/^[ \t]*(frontend|backend|listen)[ \t]+(\S+)/gm)].map(
      ([, kind, name]) => `${kind === 'listen' ? 'frontend' : kind} ${name}`,
    );
    if (names.some((name) => taken.has(name))) return false;
    for (const name of names) taken.add(name);
    return true;
  });
}

function isMain({ file }: GivenFile): boolean {
  return /(^|\/)haproxy\.(cfg|conf)$/.test(file);
}
