import { healthPort } from '../node/paths.ts';
import { isLoopback } from './haproxy/read.ts';
import { setting } from './haproxy/sections.ts';
import type { ScriptConfig } from './keepalived/config.ts';
import type { GivenFile } from './given.ts';
import type { Setup } from './setup.ts';

/** What a check script can notice of HAProxy. */
export type SightKind =
  /** Asks it something: sees a death and a hang. */
  | 'answer'
  /** Opens a connection, which the kernel accepts for a hung HAProxy too. */
  | 'connects'
  /** Looks for a port in a list of ports. */
  | 'list'
  /** Looks whether the process is there. */
  | 'process'
  /** Asks the API server, through the proxy or not: follows what HAProxy should handle. */
  | 'api'
  /** Ends well whatever it sees. */
  | 'constant'
  /** A script that was not given, or that does something else. */
  | 'unknown';

export interface Sight {
  readonly kind: SightKind;
  /** An HTTP answer counts as good whatever its status. */
  readonly ignoresStatus: boolean;
  /** An API check that goes through HAProxy, and so sees its death too. */
  readonly throughProxy: boolean;
  /** The script takes keepalived down itself, so that weights do not matter. */
  readonly stopsKeepalived: boolean;
  /** The script's text where it was given, otherwise the command. */
  readonly judged: string;
  /** False for a script of its own that was not given. */
  readonly given: boolean;
}

type Known = Pick<Setup, 'files' | 'nodes'>;

/** Judges a check by its command, or by the script's text where it was given. */
export function sightOf(script: ScriptConfig, setup: Known): Sight {
  const command = script.command?.text ?? '';
  const file = scriptFile(command, setup.files);
  const judged = withoutComments(file?.text ?? command);
  return {
    kind: isConstant(judged, file !== undefined) ? 'constant' : kindOfCheck(judged, setup),
    ignoresStatus: ignoresStatus(judged),
    throughProxy: targetsOf(judged).some(({ port }) =>
      setup.nodes.some(({ haproxy }) => haproxy?.api?.binds.some((bind) => bind.port === port) === true),
    ),
    stopsKeepalived:
      /\b(stop|kill|pkill|killall)\b[^\n;&|]*\bkeepalived\b|keepalived[^\n;&|]*\bstop\b/.test(judged) ||
      /\bkeepalived\.pid\b[^\n]*\bkill\b|\bkill\b[^\n]*\bkeepalived\.pid\b/.test(judged),
    judged,
    given: file !== undefined || !namesScript(command),
  };
}

/** The given file that a command runs: by its name, wherever it lies. */
export function scriptFile(command: string, files: readonly GivenFile[]): GivenFile | undefined {
  const names = command
    .split(/[\s"'`;|&()]+/)
    .filter((word) => word.includes('/') && !/^\/(usr\/)?s?bin\/[a-z]+$/.test(word))
    .map((path) => path.split('/').at(-1) ?? '');
  return files.find(({ file }) => names.includes(file.split(/[/:]/).at(-1) ?? ''));
}

function namesScript(command: string): boolean {
  return (
    /\.(sh|py|pl|rb|bash)\b/.test(command) || /^\s*["']?\/(etc|opt|usr\/local|root|home|container)\//.test(command)
  );
}

function withoutComments(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '$1'))
    .join('\n');
}

/** Its last command succeeds, and nothing before it can end it otherwise. */
function isConstant(text: string, isFile: boolean): boolean {
  const statements = text
    .split(/\n|;/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== 'fi' && line !== 'done');
  const last = (statements.at(-1) ?? '').replaceAll(/^["']|["']$/g, '');
  const good =
    /^((\/usr)?\/bin\/)?true$|^:$|^exit( 0)?$|\|\|\s*(true|:|exit 0|echo\b[^|&]*)$/.test(last) ||
    (isFile && /^echo\b/.test(last));
  const fails =
    /\b(exit|return)\s+["']?([1-9]|\$)|\bset\s+-\w*e|\bfalse\b|\bkeepalived\b/.test(text) ||
    (/^exit$/.test(last) && statements.length > 1);
  return good && !fails;
}

function ignoresStatus(text: string): boolean {
  const calls = text.match(/\bcurl\b[^|;&\n]*/g) ?? [];
  return (
    calls.some((call) => !/\s-[a-zA-Z]*f|\s--fail/.test(call) && !/http_code|response_code/.test(call)) &&
    !/\bgrep\b|\b(2|20)0\b/.test(text.replaceAll(/https?:\/\/\S+/g, ''))
  );
}

function kindOfCheck(text: string, setup: Known): SightKind {
  const targets = targetsOf(text);
  if (targets.some((target) => isHaproxyPage(target, setup))) return 'answer';
  if (targets.some((target) => isApi(target, setup))) return 'api';
  if (/\b(nc|ncat|netcat)\b[^\n;|&]*\s-\w*z|\/dev\/tcp\/|\b(nc|ncat|telnet)\b/.test(text)) return 'connects';
  if (/\b(curl|wget|http|socat)\b|\bopenssl\s+s_client\b/.test(text)) return 'answer';
  if (/\b(netstat|ss|lsof|fuser)\b/.test(text)) return 'list';
  if (/\b(killall|pidof|pgrep|pkill|ps|systemctl|service|kill)\b|\.pid\b/.test(text)) return 'process';
  if (/check_?haproxy/i.test(text)) return 'process';
  return /apiserver|kube-?api/i.test(text) ? 'api' : 'unknown';
}

interface Target {
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
}

function targetsOf(text: string): Target[] {
  return [...text.matchAll(/(https?):\/\/(\[[^\]]*\]|[^\s:/"'`]+)(?::(\$?\{?\w+\}?))?(\/[^\s"'`|;)]*)?/g)].map(
    ([, scheme, host = '', port, path = '/']) => ({
      host: host.replaceAll(/[[\]]/g, ''),
      port: port === undefined ? (scheme === 'https' ? 443 : 80) : /^\d+$/.test(port) ? Number(port) : undefined,
      path,
    }),
  );
}

/** A page of the given HAProxy's own: a `monitor-uri`, statistics, or an answer that it makes itself. */
function isHaproxyPage({ host, port, path }: Target, { nodes }: Known): boolean {
  if (/haproxy/i.test(path) || port === healthPort) return true;
  if (!isLoopback(host)) return false;
  return nodes.some(({ haproxy }) =>
    (haproxy?.tree.sections ?? []).some(
      (section) =>
        (section.kind === 'frontend' || section.kind === 'listen') &&
        section.lines.some(([first, at]) => first?.text === 'bind' && at?.text.endsWith(`:${port}`) === true) &&
        (setting(section, 'monitor-uri')?.[1]?.text === path.split('?')[0] ||
          setting(section, 'stats', 'uri') !== undefined ||
          setting(section, 'stats', 'enable') !== undefined ||
          setting(section, 'http-request', 'return') !== undefined ||
          setting(section, 'http-request', 'use-service') !== undefined),
    ),
  );
}

function isApi({ port, path }: Target, { nodes }: Known): boolean {
  if (port === 6443 || /^\/(healthz|readyz|livez|version)\b/.test(path)) return true;
  return nodes.some(
    ({ haproxy }) =>
      haproxy?.api?.binds.some((bind) => bind.port === port) === true ||
      haproxy?.api?.servers.some((server) => server.port === port) === true,
  );
}
