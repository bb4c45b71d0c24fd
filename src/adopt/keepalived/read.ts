import { source } from '../../cluster/file/source.ts';
import type { Finding } from '../../core/finding.ts';
import { integerOf, keepalivedMs } from '../time.ts';
import type { Said, Word, Words } from '../word.ts';
import { expandKeepalived, type KeepalivedContext } from './expand.ts';
import { keepalivedTree, type Statement } from './tree.ts';

/** A keepalived.conf as far as the Kubernetes API's address depends on it, and every line that was not understood. */
export interface KeepalivedConfig {
  readonly file: string;
  /** The text itself: k8s-ha's own files say in a comment whose they are. */
  readonly text: string;
  readonly scriptSecurity: boolean;
  readonly scriptUser?: Said<string> | undefined;
  readonly vrrpVersion?: Said<number> | undefined;
  readonly garpRefresh: boolean;
  readonly startupDelayMs?: Said<number> | undefined;
  readonly scripts: readonly ScriptConfig[];
  readonly instances: readonly InstanceConfig[];
  readonly tracksProcess: boolean;
  readonly unread: readonly Words[];
  readonly findings: readonly Finding[];
}

export interface ScriptConfig {
  readonly name: Word;
  readonly command?: Word | undefined;
  readonly intervalMs?: Said<number> | undefined;
  readonly timeoutMs?: Said<number> | undefined;
  readonly fall?: Said<number> | undefined;
  readonly rise?: Said<number> | undefined;
  readonly weight?: Said<number> | undefined;
}

export interface InstanceConfig {
  readonly name: Word;
  readonly state?: Said<string> | undefined;
  readonly interface?: Said<string> | undefined;
  readonly virtualRouterId?: Said<number> | undefined;
  readonly priority?: Said<number> | undefined;
  readonly advertMs?: Said<number> | undefined;
  readonly downTimerAdverts?: Said<number> | undefined;
  readonly version?: Said<number> | undefined;
  readonly nopreempt: boolean;
  readonly source?: Said<string> | undefined;
  readonly peers: Words;
  /** Addresses, without a prefix length. */
  readonly vips: readonly Said<string>[];
  readonly password?: Word | undefined;
  readonly tracks: readonly { readonly name: Word; readonly weight?: number | undefined }[];
  readonly tracksFile: boolean;
  readonly garpRefresh: boolean;
}

function take(all: readonly Statement[], keyword: string): Statement[] {
  return all.filter(({ words }) => words[0]?.text === keyword);
}

/** Reads a keepalived.conf. Never throws: what makes no sense is listed. */
export function readKeepalived(text: string, file: string, context: KeepalivedContext = {}): KeepalivedConfig {
  const { lines, findings } = expandKeepalived(source(text, file), context);
  const { statements, stray } = keepalivedTree(lines);
  const unread: Words[] = stray.map((word) => [word]);

  const globals = take(statements, 'global_defs').flatMap(({ block = [] }) => block);
  const reader = fields(globals, unread, globalWords);
  const top = statements.filter(
    ({ words: [first, second] }) => !topBlocks.has(first?.text ?? '') && !isOurs(first, second),
  );
  for (const statement of top) unread.push(...flatten(statement));
  return {
    file,
    text,
    scriptSecurity: reader.has('enable_script_security'),
    scriptUser: reader.text('script_user'),
    vrrpVersion: reader.number('vrrp_version'),
    garpRefresh: (reader.milliseconds('vrrp_garp_master_refresh')?.value ?? 0) > 0,
    startupDelayMs: reader.milliseconds('vrrp_startup_delay'),
    scripts: take(statements, 'vrrp_script').flatMap((statement) => scriptOf(statement, unread)),
    instances: take(statements, 'vrrp_instance').flatMap((statement) => instanceOf(statement, unread)),
    tracksProcess: take(statements, 'vrrp_track_process').length > 0,
    unread,
    findings,
  };
}

const topBlocks = new Set(['global_defs', 'vrrp_script', 'vrrp_instance', 'vrrp_track_process']);

/** The levers that k8s-ha renders itself. */
function isOurs(keyword: Word | undefined, name: Word | undefined): boolean {
  return keyword?.text === 'track_file' && /^(drain|haproxy_down|yield_\w+)$/.test(name?.text ?? '');
}

/** What our own files have, beside what is read: known, and made anew from the cluster file. */
const globalWords = new Set([
  'enable_script_security',
  'script_user',
  'vrrp_version',
  'vrrp_garp_master_refresh',
  'vrrp_startup_delay',
  'router_id',
  'default_interface',
  'vrrp_rt_priority',
  'vrrp_rlimit_rttime',
  'vrrp_no_swap',
  'max_auto_priority',
  'vrrp_garp_master_repeat',
  'vrrp_garp_interval',
  'vrrp_gna_interval',
  'vrrp_garp_master_delay',
  'vrrp_garp_master_refresh_repeat',
  'vrrp_garp_lower_prio_repeat',
  'vrrp_higher_prio_send_advert',
  'vrrp_skip_check_adv_addr',
]);
const scriptWords = new Set(['script', 'interval', 'timeout', 'fall', 'rise', 'weight', 'init_fail', 'user']);
const instanceWords = new Set([
  'state',
  'interface',
  'virtual_router_id',
  'priority',
  'advert_int',
  'down_timer_adverts',
  'version',
  'nopreempt',
  'unicast_src_ip',
  'unicast_ttl',
  'unicast_fault_no_peer',
  'check_unicast_src',
  'track_src_ip',
  'unicast_peer',
  'virtual_ipaddress',
  'virtual_ipaddress_excluded',
  'authentication',
  'track_script',
  'track_file',
  'track_process',
  'garp_master_refresh',
  'garp_master_repeat',
]);

/** Looks fields up in a block; what is not in `known` is not understood. The last one counts, as it does in keepalived. */
function fields(block: readonly Statement[], unread: Words[], known: ReadonlySet<string>) {
  for (const statement of block) if (!known.has(statement.words[0]?.text ?? '')) unread.push(...flatten(statement));
  const last = (keyword: string): Statement | undefined =>
    block.filter(({ words }) => words[0]?.text === keyword).at(-1);
  const said = <T>(keyword: string, read: (text: string) => T | undefined): Said<T> | undefined => {
    const at = last(keyword)?.words[1];
    if (!at) return undefined;
    const value = read(at.text);
    if (value === undefined) {
      unread.push(last(keyword)?.words ?? []);
      return undefined;
    }
    return { value, at };
  };
  return {
    has: (keyword: string): boolean => last(keyword) !== undefined,
    word: (keyword: string): Word | undefined => last(keyword)?.words[1],
    text: (keyword: string) => said(keyword, (text) => text),
    number: (keyword: string) => said(keyword, integerOf),
    milliseconds: (keyword: string) => said(keyword, keepalivedMs),
    list: (keyword: string): readonly Statement[] =>
      block.filter(({ words }) => words[0]?.text === keyword).flatMap((statement) => statement.block ?? []),
  };
}

function scriptOf({ words, block = [] }: Statement, unread: Words[]): ScriptConfig[] {
  const name = words[1];
  if (!name) {
    unread.push(words, ...block.flatMap(flatten));
    return [];
  }
  const reader = fields(block, unread, scriptWords);
  const script = block.find((statement) => statement.words[0]?.text === 'script')?.words.slice(1) ?? [];
  const [first, ...rest] = script;
  const command = first && {
    ...first,
    text: script.map(({ text }) => text).join(' '),
    end: rest.at(-1)?.end ?? first.end,
  };
  return [
    {
      name,
      command,
      intervalMs: reader.milliseconds('interval'),
      timeoutMs: reader.milliseconds('timeout'),
      fall: reader.number('fall'),
      rise: reader.number('rise'),
      weight: reader.number('weight'),
    },
  ];
}

function instanceOf({ words, block = [] }: Statement, unread: Words[]): InstanceConfig[] {
  const name = words[1];
  if (!name) {
    unread.push(words, ...block.flatMap(flatten));
    return [];
  }
  const reader = fields(block, unread, instanceWords);
  const auth = fields(reader.list('authentication'), unread, new Set(['auth_type', 'auth_pass']));
  const vips = [...reader.list('virtual_ipaddress'), ...reader.list('virtual_ipaddress_excluded')];
  return [
    {
      name,
      state: reader.text('state'),
      interface: reader.text('interface'),
      virtualRouterId: reader.number('virtual_router_id'),
      priority: reader.number('priority'),
      advertMs: reader.milliseconds('advert_int'),
      downTimerAdverts: reader.number('down_timer_adverts'),
      version: reader.number('version'),
      nopreempt: reader.has('nopreempt'),
      source: reader.text('unicast_src_ip'),
      peers: reader.list('unicast_peer').flatMap((line) => line.words.slice(0, 1)),
      vips: vips.flatMap((line) => line.words.slice(0, 1).map((at) => ({ value: at.text.replace(/\/\d+$/, ''), at }))),
      password: auth.word('auth_pass'),
      tracks: reader
        .list('track_script')
        .flatMap(({ words: [script, weight, value] }) =>
          script
            ? [{ name: script, weight: weight?.text === 'weight' ? integerOf(value?.text ?? '') : undefined }]
            : [],
        ),
      tracksFile: reader.list('track_file').length > 0,
      garpRefresh: (reader.milliseconds('garp_master_refresh')?.value ?? 0) > 0,
    },
  ];
}

/** Every line of a statement, its block's included. */
function flatten({ words, block = [] }: Statement): Words[] {
  return [...(words.length > 0 ? [words] : []), ...block.flatMap(flatten)];
}
