// The documentation as a site. Its pages are written by scripts/site.mjs, from docs/ and the files that it links to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pages = fileURLToPath(new URL('../pages', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Every page of a folder by its first heading, so that no page is forgotten. */
const items = (folder) =>
  readdirSync(join(pages, folder))
    .filter((file) => file.endsWith('.md') && file !== 'index.md')
    .toSorted()
    .map((file) => ({ text: titleOf(join(folder, file)), link: `/${folder}/${file.replace(/\.md$/, '')}` }));

const titleOf = (file) =>
  /^# (.+)$/m.exec(readFileSync(join(pages, file), 'utf8'))?.[1].replaceAll('`', '') ?? file.replace(/\.md$/, '');

const single = (name) => ({ text: titleOf(`${name}.md`), link: `/${name}` });

export default {
  title: 'k8s-ha',
  description:
    'One API address for a self-managed Kubernetes cluster that survives the loss of any machine or process.',
  lang: 'en',
  base: process.env.K8S_HA_DOCS_BASE ?? '/',
  srcDir: 'pages',
  outDir: 'dist',
  cacheDir: '.vitepress/cache',
  // A dead link fails the build. Whether a file is there, scripts/site.mjs has seen.
  ignoreDeadLinks: [/^\/files\//],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/#guides', activeMatch: '^/guides/' },
      { text: 'Reference', link: '/reference/commands', activeMatch: '^/reference/' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: `v${version}`, link: '/project/CHANGELOG' },
    ],
    sidebar: [
      { text: 'Start', items: [{ text: 'Overview', link: '/' }, ...['install', 'faq', 'troubleshooting'].map(single)] },
      { text: 'Guides', items: items('guides') },
      { text: 'Reference', items: items('reference') },
      { text: 'Background', items: ['security', 'semantics', 'import-claims', 'benchmarks'].map(single) },
      { text: 'Decisions', collapsed: true, items: items('decisions') },
      { text: 'Project', collapsed: true, items: items('project') },
    ],
    footer: { message: `k8s-ha ${version}, Apache-2.0` },
  },
};
