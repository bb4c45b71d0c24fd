import { source } from '../../cluster/file/source.ts';
import type { Version } from '../../core/version.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { addressAndPort } from './address.ts';
import { integerOf } from '../time.ts';
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
  /** Ways that look like somebody else's: an ingress, a database. */
  readonly otherPaths: readonly ApiPath[];
  /** Lines that mean something here, or that k8s-ha renders itself. */
  readonly understood: readonly Words[];
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
  readonly line: Words;
}

export interface HaproxyContext {
  readonly environment?: Environment | undefined;
  readonly version?: Version | undefined;
  /** Further files of the same `haproxy -f`, in their order. */
  readonly more?: readonly { readonly file: string; readonly text: string }[] | undefined;
}

/** Reads a haproxy.cfg. Never throws: what makes no sense is listed. */
export function readHaproxy(
  text: string,
  file: string,
  { environment = new Map(), version = [2, 6, 12], more = [] }: HaproxyContext = {},
): HaproxyConfig {
  const sources = [{ file, text }, ...more].map((one) => source(one.text, one.file));
  const tree = haproxySections(sources, environment, version);
  const global = tree.sections.find(({ kind }) => kind === 'global');
  const paths = pathsOf(tree);
  const path = paths.find((one) => likeness(one) > 0);
  const api = path && checkedPath(path, tree);
  const of = new Set([
    api?.frontend,
    path?.backend,
    api?.backend,
    ...defaultsOf(api?.frontend),
    ...defaultsOf(api?.backend),
    ...tree.sections.filter(({ kind }) => kind === 'global'),
  ]);
  // What clients get: the frontend's own limit, where it has one.
  const maxconn = (api && setting(api.frontend, 'maxconn')?.[1]) ?? (global && setting(global, 'maxconn')?.[1]);
  const limit = maxconn && integerOf(maxconn.text);
  const unread = [
    ...tree.loose,
    ...tree.sections.flatMap((section) =>
      of.has(section)
        ? section.lines.filter((words) => !understood(words, section))
        : [section.header, ...section.lines],
    ),
  ];
  const left = new Set(unread);
  const all = [...tree.settled, ...tree.sections.flatMap(({ header, lines }) => [header, ...lines])];
  return {
    file,
    text,
    tree,
    global,
    maxConnections: maxconn && limit !== undefined ? { value: limit, at: maxconn } : undefined,
    api,
    otherPaths: paths.filter((one) => one !== path),
    understood: all.filter((words) => !left.has(words)),
    unread,
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
  spread-checks daemon pidfile chroot`.split(/\s+/),
);

/** Options of the same kind. */
const understoodOptions = new Set(
  `httpchk tcp-check ssl-hello-chk mysql-check pgsql-check redis-check smtpchk ldap-check spop-check external-check
  redispatch tcplog httplog dontlognull dontlog-normal clitcpka srvtcpka tcpka log-health-checks abortonclose
  splice-auto tcp-smart-accept tcp-smart-connect nolinger contstats`.split(/\s+/),
);

/** Words of a `bind` line behind its address that k8s-ha's own has, or that findings speak of. */
const understoodBinds = new Set(
  'v4v6 v6only transparent name tcp-ut interface maxconn backlog thread process'.split(' '),
);

function understood(words: Words, section: Section): boolean {
  const [first, second, third] = words[0]?.text === 'no' ? words.slice(1) : words;
  const keyword = first?.text ?? '';
  if (keyword === 'server') return serverOf(words, section)?.unknown.length === 0;
  if (keyword === 'option') return understoodOptions.has(second?.text ?? '');
  if (keyword === 'bind')
    return words.slice(2).every(({ text }, i, rest) => understoodBinds.has(text) || takesValue(rest[i - 1]?.text));
  if (keyword === 'use_backend') return third === undefined;
  return understoodWords.has(keyword);
}

function takesValue(parameter: string | undefined): boolean {
  return parameter !== undefined && /^(name|tcp-ut|interface|maxconn|backlog|thread|process)$/.test(parameter);
}

/**
 * In a configuration of ours the servers that get the connections are told by a check that asks HAProxy itself. What is asked of the
 * API servers, and how often, is in the backend beside it.
 */
function checkedPath(path: ApiPath, tree: HaproxyTree): ApiPath {
  const backend =
    path.backend.name?.text === haproxyNames.ready
      ? tree.sections.find(({ kind, name }) => kind === 'backend' && name?.text === haproxyNames.checked)
      : undefined;
  const servers = (backend ? serversOf(backend) : []).map((server) => {
    const serving = path.servers.find(({ name }) => name.text === server.name.text);
    return { ...server, parameters: new Map([...(serving?.parameters ?? []), ...server.parameters]) };
  });
  return backend && servers.length > 0 ? { ...path, backend, servers } : path;
}

function serversOf(backend: Section): ServerConfig[] {
  return backend.lines.flatMap((words) => {
    const server = words[0]?.text === 'server' ? serverOf(words, backend) : undefined;
    return server ? [server] : [];
  });
}

/** Every way from a frontend to servers, the one that looks most like the API's first. */
function pathsOf(tree: HaproxyTree): ApiPath[] {
  const backends = tree.sections.filter(({ kind }) => kind === 'backend' || kind === 'listen');
  const paths = tree.sections
    .filter(({ kind }) => kind === 'frontend' || kind === 'listen')
    .flatMap((frontend) => {
      const names = [
        setting(frontend, 'default_backend')?.[1]?.text,
        ...frontend.lines.flatMap((words) => (words[0]?.text === 'use_backend' ? [words[1]?.text] : [])),
      ];
      const targets = [
        ...(frontend.kind === 'listen' ? [frontend] : []),
        ...new Set(names.flatMap((name) => backends.filter((section) => section.name?.text === name).slice(0, 1))),
      ];
      return targets.flatMap((backend) => {
        const servers = serversOf(backend);
        return servers.length === 0 ? [] : [{ frontend, backend, binds: bindsOf(frontend), servers }];
      });
    });
  return paths.toSorted((a, b) => likeness(b) - likeness(a));
}

/** How much a path looks like the way to the API: its servers' port, then its names. 0 and less: it is something else's. */
function likeness({ frontend, backend, servers, binds }: ApiPath): number {
  const names = `${frontend.name?.text ?? ''} ${backend.name?.text ?? ''}`;
  const ports = servers.map(({ port }) => port);
  const apiNamed = /api|kube|k8s|k3s|rke|master|control/i.test(names);
  return (
    (ports.includes(6443) ? 6 : 0) +
    (apiNamed ? 2 : 0) +
    (setting(backend, 'mode')?.[1]?.text === 'http' ? 0 : 1) +
    (binds.some(({ address }) => !isLoopback(address)) ? 1 : 0) -
    (otherNames.test(names) && !apiNamed ? 4 : /ingress/i.test(names) ? 4 : 0) -
    (ports.some((port) => port !== undefined && otherPorts.has(port)) ? 4 : 0) -
    (ports.every((port) => port === 9345 || port === 22623) ? 6 : 0)
  );
}

const otherNames =
  /ingress|http|web|www|stat|mysql|maria|postgres|pgsql|redis|mqtt|dns|smtp|ldap|ssh|registry|monitor/i;
const otherPorts = new Set([
  80, 443, 8080, 3306, 5432, 6379, 53, 22, 25, 389, 636, 2379, 9200, 30080, 30443, 32080, 32443,
]);

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'localhost';
}

function bindsOf(frontend: Section): Bind[] {
  return frontend.lines
    .filter((words) => words[0]?.text === 'bind')
    .flatMap((words) => {
      const at = words[1];
      return (at?.text ?? '').split(',').flatMap((part) => {
        const bind = addressAndPort(part.replace(/^ipv[46]@/, ''));
        return at && bind ? [{ ...bind, at, line: words }] : [];
      });
    });
}
