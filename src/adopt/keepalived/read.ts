import { source } from '../../cluster/file/source.ts';
import { integerOf } from '../time.ts';
import type { Word, Words } from '../word.ts';
import { expandKeepalived, type KeepalivedContext } from './expand.ts';
import { fields, flatten, type Fields } from './fields.ts';
import type { InstanceConfig, KeepalivedConfig, ScriptConfig, TrackConfig, VipConfig } from './config.ts';
import { groupOf, virtualServerOf } from './groups.ts';
import { keepalivedTree, type Statement } from './tree.ts';

function take(all: readonly Statement[], keyword: string): Statement[] {
  return all.filter(({ words }) => words[0]?.text === keyword);
}

/** Reads a keepalived.conf. Never throws: what makes no sense is listed. */
export function readKeepalived(text: string, file: string, context: KeepalivedContext = {}): KeepalivedConfig {
  const { lines, settled, findings } = expandKeepalived(source(text, file), context);
  const { statements, stray } = keepalivedTree(lines);
  const unread: Words[] = stray.map((word) => [word]);

  const globals = take(statements, 'global_defs').flatMap(({ block = [] }) => block);
  const reader = fields(globals, unread, globalWords);
  const top = statements.filter(
    ({ words: [first, second] }) => !topBlocks.has(first?.text ?? '') && !isOurs(first, second),
  );
  for (const statement of top) unread.push(...flatten(statement));
  const repeated = repeatedNames(statements);
  for (const statement of statements)
    if (repeated.includes(statement.words[1] ?? never)) unread.push(...flatten(statement));
  const first = (keyword: string): readonly (Statement & { order: number })[] =>
    statements
      .map((statement, order) => ({ ...statement, order }))
      .filter(({ words }) => words[0]?.text === keyword && !repeated.includes(words[1] ?? never));
  const config = {
    file,
    text,
    scriptSecurity: reader.has('enable_script_security'),
    scriptUser: reader.text('script_user'),
    vrrpVersion: reader.number('vrrp_version'),
    garpRefresh: (reader.milliseconds('vrrp_garp_master_refresh')?.value ?? 0) > 0,
    startupDelayMs: reader.milliseconds('vrrp_startup_delay'),
    strict: reader.keyword('vrrp_strict'),
    skipsAddressCheck: reader.has('vrrp_skip_check_adv_addr'),
    scripts: first('vrrp_script').flatMap((statement) => scriptOf(statement, statement.order, unread)),
    instances: first('vrrp_instance').flatMap((statement) => instanceOf(statement, statement.order, unread)),
    syncGroups: first('vrrp_sync_group').flatMap(groupOf),
    virtualServers: take(statements, 'virtual_server').flatMap(virtualServerOf),
    tracksProcess: take(statements, 'vrrp_track_process').length > 0,
    repeated,
    stray,
    findings,
  };
  const left = new Set(unread);
  return {
    ...config,
    unread,
    understood: [
      ...statements.flatMap(flatten).filter((words) => !left.has(words)),
      ...settled.flatMap((line) => keepalivedTree([line]).statements.flatMap(flatten)),
    ],
  };
}

/** A name that no block has. */
const never: Word = { text: '', source: source('', ''), start: 0, end: 0 };

/** keepalived refuses the second block of a name: `already defined`, and skips it. */
function repeatedNames(statements: readonly Statement[]): Words {
  const seen = new Set<string>();
  return statements.flatMap(({ words: [keyword, name] }) => {
    if (!keyword || !name || !/^vrrp_(instance|script|sync_group)$/.test(keyword.text)) return [];
    const key = `${keyword.text} ${name.text}`;
    if (seen.has(key)) return [name];
    seen.add(key);
    return [];
  });
}

const topBlocks = new Set(['global_defs', 'vrrp_script', 'vrrp_instance']);

/** The levers that k8s-ha renders itself. */
function isOurs(keyword: Word | undefined, name: Word | undefined): boolean {
  return keyword?.text === 'track_file' && /^(drain|haproxy_down|yield_\w+)$/.test(name?.text ?? '');
}

/** What our own files have, beside what is read: known, and rendered from the cluster file. */
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
  'vrrp_strict',
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
  'track_interface',
  'garp_master_refresh',
  'garp_master_repeat',
  'preempt_delay',
  'strict_mode',
  'accept',
  'notify',
  'notify_master',
  'notify_backup',
  'notify_fault',
  'notify_stop',
]);

/** Means something for the election, but has no counterpart in the cluster file. */
const noCounterpart = new Set([
  'track_process',
  'track_interface',
  'preempt_delay',
  'notify',
  'notify_master',
  'notify_backup',
  'notify_fault',
  'notify_stop',
]);

function scriptOf({ words, block = [] }: Statement, order: number, unread: Words[]): ScriptConfig[] {
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
      order,
      command,
      intervalMs: reader.milliseconds('interval'),
      timeoutMs: reader.milliseconds('timeout'),
      fall: reader.number('fall'),
      rise: reader.number('rise'),
      weight: reader.number('weight'),
    },
  ];
}

function instanceOf({ words, block = [] }: Statement, order: number, unread: Words[]): InstanceConfig[] {
  const name = words[1];
  if (!name) {
    unread.push(words, ...block.flatMap(flatten));
    return [];
  }
  const reader = fields(block, unread, instanceWords);
  for (const statement of block)
    if (noCounterpart.has(statement.words[0]?.text ?? '')) unread.push(...flatten(statement));
  const auth = fields(reader.list('authentication'), unread, new Set(['auth_type', 'auth_pass']));
  const vips = [
    ...reader.list('virtual_ipaddress').map((line) => ({ line, excluded: false })),
    ...reader.list('virtual_ipaddress_excluded').map((line) => ({ line, excluded: true })),
  ];
  return [
    {
      name,
      order,
      state: reader.text('state'),
      interface: reader.text('interface'),
      virtualRouterId: reader.number('virtual_router_id'),
      priority: reader.number('priority'),
      advertMs: reader.milliseconds('advert_int'),
      downTimerAdverts: reader.number('down_timer_adverts'),
      version: reader.number('version'),
      nopreempt: reader.has('nopreempt'),
      preemptDelayMs: reader.milliseconds('preempt_delay'),
      strict: reader.text('strict_mode'),
      accept: reader.has('accept'),
      source: reader.text('unicast_src_ip'),
      unicast: reader.has('unicast_peer'),
      peers: reader.list('unicast_peer').flatMap((line) => line.words.slice(0, 1)),
      vips: vips.flatMap(({ line, excluded }) => vipOf(line, excluded, unread)),
      authentication: auth.text('auth_type'),
      password: auth.word('auth_pass'),
      tracks: reader.list('track_script').flatMap((line) => trackOf(line, unread)),
      tracksFile: reader.list('track_file').length > 0,
      tracksProcess: reader.list('track_process').length > 0,
      tracksInterface: reader.list('track_interface').length > 0,
      garpRefresh: (reader.milliseconds('garp_master_refresh')?.value ?? 0) > 0,
      notifies: notifiesOf(reader),
    },
  ];
}

/** A VIP's line; what k8s-ha has no use for (labels, scopes, broadcast addresses) is not carried over. */
function vipOf({ words, block }: Statement, excluded: boolean, unread: Words[]): VipConfig[] {
  const [at, ...rest] = words;
  if (!at) return [];
  const dev = rest.findIndex(({ text }) => text === 'dev');
  const device = dev < 0 ? undefined : rest[dev + 1];
  if (rest.length > (device ? 2 : 0) || block) unread.push(words);
  return [{ value: at.text.replace(/\/\d+$/, ''), at, device, excluded }];
}

/** A line of `track_script`: `NAME`, `NAME weight N`, `NAME weight N reverse`. */
export function trackOf({ words }: Statement, unread: Words[]): TrackConfig[] {
  const [name, keyword, value, reverse] = words;
  if (!name) return [];
  const weight = keyword?.text === 'weight' ? integerOf(value?.text ?? '') : undefined;
  if (words.length > 1 && weight === undefined) unread.push(words);
  return [{ name, weight, reverse: weight !== undefined && reverse?.text === 'reverse' }];
}

function notifiesOf(reader: Fields): InstanceConfig['notifies'] {
  return ['notify', 'notify_master', 'notify_backup', 'notify_fault', 'notify_stop'].flatMap((kind) => {
    const command = reader.word(kind);
    return command ? [{ kind, command }] : [];
  });
}
