// Builds the documentation site from docs/ into site/dist. Pages are copied to site/pages first, where links that lead out of
// docs/ are made to lead into the site: other pages of the project become pages, other files are copied. A link to a file that
// is not there fails, and so does, by VitePress, one to a page or that nobody makes.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = join(root, 'site/pages');
const images = ['.png', '.svg', '.jpg'];

/** Dead links, each with its page. */
const dead = [];
/** Pages outside of docs/ that were linked to, and are not written yet. */
const queue = ['CHANGELOG.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'];

/** Where the page of a file of the project is in the site. */
const placeOf = (file) =>
  file.startsWith('docs/') ? file.slice('docs/'.length) : `project/${file.replaceAll('/', '-')}`;

/** What a link of a page leads to in the site; undefined for a folder, which has no page. */
function linkFrom(file, target) {
  const [, path, anchor] = /^([^#]*)(.*)$/.exec(target);
  if (path === '' || /^[a-z]+:/.test(path)) return target;
  const wanted = posix.join(dirname(file), decodeURIComponent(path));
  if (wanted.startsWith('../') || !existsSync(join(root, wanted))) {
    dead.push(`${file}: ${target}`);
    return target;
  }
  if (statSync(join(root, wanted)).isDirectory()) return undefined;
  const from = dirname(placeOf(file));
  if (extname(wanted) === '.md') {
    if (!wanted.startsWith('docs/')) queue.push(wanted);
    return `${relativeTo(from, placeOf(wanted))}${anchor}`;
  }
  if (wanted.startsWith('docs/') && images.includes(extname(wanted))) return target;
  mkdirSync(join(pages, 'public/files', dirname(wanted)), { recursive: true });
  cpSync(join(root, wanted), join(pages, 'public/files', wanted));
  return `/files/${wanted}`;
}

const relativeTo = (from, to) => {
  const path = relative(from, to);
  return path.startsWith('.') ? path : `./${path}`;
};

/** Every link outside of code. */
function withLinks(file, text) {
  const parts = text.split(/(^```[\s\S]*?^```|`[^`\n]*`(?!\]))/m);
  return parts.map((part, i) => (i % 2 === 1 ? part : linksOf(file, part))).join('');
}

function linksOf(file, text) {
  return text
    .replaceAll(/(!?\[[^\]]*\])\(([^)\s]+)\)/g, (_, label, target) => {
      const link = linkFrom(file, target);
      if (link === undefined) return label.slice(1, -1);
      // No page: the browser asks the server for it.
      return `${label}(${link})${link.startsWith('/files/') ? '{target="_self"}' : ''}`;
    })
    .replaceAll(/^(\[[^\]]+\]: )(\S+)$/gm, (_, label, target) => `${label}${linkFrom(file, target) ?? target}`);
}

function writePage(file) {
  const to = join(pages, placeOf(file));
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, withLinks(file, readFileSync(join(root, file), 'utf8')));
}

rmSync(pages, { recursive: true, force: true });
for (const entry of readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })) {
  const file = relative(root, join(entry.parentPath, entry.name));
  if (extname(file) === '.md') writePage(file);
  if (images.includes(extname(file))) {
    mkdirSync(dirname(join(pages, placeOf(file))), { recursive: true });
    cpSync(join(root, file), join(pages, placeOf(file)));
  }
}
const written = new Set();
while (queue.length > 0) {
  const file = queue.pop();
  if (written.has(file)) continue;
  written.add(file);
  writePage(file);
}

endWith(dead);
await build(join(root, 'site'));
endWith(deadAnchors());

function endWith(links) {
  if (links.length === 0) return;
  for (const link of links) console.error(`site: dead link in ${link}`);
  process.exit(1);
}

/** VitePress looks for pages alone. Links within the text whose page has no such heading. */
function deadAnchors() {
  const dist = join(root, 'site/dist');
  const files = readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.html'));
  const htmlOf = new Map(files.map((file) => [file, readFileSync(join(dist, file), 'utf8')]));
  const idsOf = new Map(
    files.map((file) => [file, new Set([...htmlOf.get(file).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
  );
  return files.flatMap((file) =>
    [...htmlOf.get(file).matchAll(/ href="([^"#:]*)#([^"]+)"/g)].flatMap(([, path, anchor]) => {
      const to = path === '' ? file : posix.join(path.startsWith('/') ? '' : dirname(file), path);
      const ids = idsOf.get(to.replace(/^\//, '') || 'index.html');
      return ids?.has(decodeURIComponent(anchor)) ? [] : [`${file}: ${path}#${anchor}`];
    }),
  );
}
