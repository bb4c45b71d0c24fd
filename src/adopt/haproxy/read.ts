import { source } from '../../cluster/file/source.ts';
import type { Version } from '../../core/version.ts';
import { addressAndPort } from './address.ts';
import { haproxyMs, integerOf } from '../time.ts';
import type { Said, Word, Words } from '../word.ts';
import { haproxySections, setting, type HaproxyTree, type Section } from './sections.ts';
import { serverOf, type ServerConfig } from './server.ts';
import type { Environment } from './split.ts';

/** A haproxy.cfg as far as the Kubernetes API depends on it, and every line that was not understood. */
export interface HaproxyConfig {
  readonly file: string;
  readonly text: string;
  readonly tree: HaproxyTree;
  readonly global: Section | undefined;
  readonly maxConnections?: Said<number> | undefined;
  readonly api?: ApiPath | undefined;
  readonly unread: readonly Words[];
}

/** The way from a client to the API servers. */
export interface ApiPath {
  readonly frontend: Section;
  readonly backend: Section;
  readonly binds: readonly Bind[];
  readonly servers: readonly ServerConfig[];
}

export interface Bind {
  readonly address: string;
  readonly port: number;
  readonly at: Word;
}

export interface HaproxyContext {
  readonly environment?: Environment | undefined;
  readonly version?: Version | undefined;
}

/** Reads a haproxy.cfg. Never throws: what makes no sense is listed. */
export function readHaproxy(
  text: string,
  file: string,
  { environment = new Map(), version = [2, 6, 12] }: HaproxyContext = {},
): HaproxyConfig {
  const tree = haproxySections(source(text, file), environment, version);
  const global = tree.sections.find(({ kind }) => kind === 'global');
  const api = apiPath(tree);
  const of = new Set([api?.frontend, api?.backend, ...defaultsOf(api?.frontend), ...defaultsOf(api?.backend), global]);
  const maxconn = global && setting(global, 'maxconn')?.[1];
  const limit = maxconn && integerOf(maxconn.text);
  return {
    file,
    text,
    tree,
    global,
    maxConnections: maxconn && limit !== undefined ? { value: limit, at: maxconn } : undefined,
    api,
    unread: [
      ...tree.loose,
      ...tree.sections.flatMap((section) =>
        of.has(section)
          ? section.lines.filter((words) => !understood(words, section))
          : [section.header, ...section.lines],
      ),
    ],
  };
}

function defaultsOf(section: Section | undefined): Section[] {
  return section?.defaults ? [section.defaults, ...defaultsOf(section.defaults)] : [];
}

/** Settings that decide something here, or that k8s-ha's own file has. */
const understoodWords = new Set(
  `mode bind default_backend use_backend balance server default-server retries option timeout maxconn log
  http-check tcp-check clitcpka-idle clitcpka-intvl clitcpka-cnt srvtcpka-idle srvtcpka-intvl srvtcpka-cnt
  load-server-state-from-file user group nbthread stats server-state-file hard-stop-after max-spread-checks
  daemon pidfile chroot`.split(/\s+/),
);

function understood(words: Words, section: Section): boolean {
  const [first, second] = words;
  const keyword = (first?.text === 'no' ? second : first)?.text ?? '';
  if (keyword === 'server') return serverOf(words, section)?.unknown.length === 0;
  return understoodWords.has(keyword);
}

function apiPath(tree: HaproxyTree): ApiPath | undefined {
  const paths = tree.sections
    .filter(({ kind }) => kind === 'frontend' || kind === 'listen')
    .flatMap((frontend) => {
      const name = setting(frontend, 'default_backend')?.[1]?.text;
      const backend =
        frontend.kind === 'listen'
          ? frontend
          : tree.sections.find((section) => section.kind === 'backend' && section.name?.text === name);
      if (!backend) return [];
      const servers = backend.lines.flatMap((words) => {
        const server = words[0]?.text === 'server' ? serverOf(words, backend) : undefined;
        return server ? [server] : [];
      });
      return servers.length === 0 ? [] : [{ frontend, backend, binds: bindsOf(frontend), servers }];
    });
  return paths.toSorted((a, b) => likeness(b) - likeness(a))[0];
}

/** How much a path looks like the way to the API: its servers' port, then its names. */
function likeness({ frontend, backend, servers }: ApiPath): number {
  return (
    (servers.some(({ port }) => port === 6443) ? 4 : 0) +
    (/api|kube|k8s|k3s|master|control/i.test(`${frontend.name?.text ?? ''} ${backend.name?.text ?? ''}`) ? 2 : 0) +
    (setting(backend, 'mode')?.[1]?.text === 'http' ? 0 : 1)
  );
}

function bindsOf(frontend: Section): Bind[] {
  return frontend.lines
    .filter((words) => words[0]?.text === 'bind')
    .flatMap(([, at]) =>
      (at?.text ?? '').split(',').flatMap((part) => {
        const bind = addressAndPort(part.replace(/^ipv[46]@/, ''));
        return at && bind ? [{ ...bind, at }] : [];
      }),
    );
}

/** A timeout of a section, in milliseconds, with the word that says it. */
export function timeoutOf(section: Section, name: string): Said<number> | undefined {
  const at = setting(section, 'timeout', name)?.[2];
  const value = at && haproxyMs(at.text);
  return at && value !== undefined ? { value, at } : undefined;
}
