import { keyBeside } from '../cluster/file/complete.ts';
import { durationText } from '../core/duration.ts';
import type { Version } from '../core/version.ts';
import { parseVersion } from '../core/version.ts';
import type { GivenFile } from './given.ts';
import { isTimerKeyword } from './timers.ts';
import type { Word } from './word.ts';

/** What the first line of a file that k8s-ha rendered says. */
export interface OwnHeader {
  readonly cluster: string;
  readonly node: string;
  readonly program: 'keepalived' | 'HAProxy';
  readonly version: Version | undefined;
}

export function ownHeader(text: string): OwnHeader | undefined {
  const match = /^# ([^/\s]+)\/(\S+): rendered by k8s-ha for (keepalived|HAProxy) ([\d.]+)\. /.exec(text);
  if (!match) return undefined;
  const [, cluster = '', node = '', program, version = ''] = match;
  return { cluster, node, program: program === 'HAProxy' ? 'HAProxy' : 'keepalived', version: parseVersion(version) };
}

/** The lines that the cluster file's `extra` put at the end of one of our files, and where they begin. */
export function ownExtra(text: string, program: 'haproxy' | 'keepalived'): { text: string; start: number } | undefined {
  if (!ownHeader(text)) return undefined;
  const marker = `# ${program}.extra of the cluster file\n`;
  const at = text.indexOf(marker);
  return at === -1 ? undefined : { text: text.slice(at + marker.length), start: at };
}

/** The ports on which our check script asks the peers: the API server's, the endpoint's and, with stacked etcd, etcd's. */
export function peerPorts(files: readonly GivenFile[]): readonly number[] | undefined {
  const script = files.find(({ text }) => text.includes('Rendered by k8s-ha for node'))?.text;
  const list = script && /for port in ([\d ]+);/.exec(script)?.[1];
  return list ? list.split(' ').map(Number) : undefined;
}

/** Sections that k8s-ha renders beside the API's own path: made again from the cluster file, so nothing of them is lost. */
const ownSections = /^(?:frontend|backend|peers)[ \t]+(\S+)/gm;

/** Whether a word of haproxy.cfg stands in a section of ours. */
export function isOwnSection({ source, start }: Word): boolean {
  if (ownHeader(source.text)?.program !== 'HAProxy') return false;
  const section = [...source.text.slice(0, start + 200).matchAll(ownSections)].findLast(
    ({ index }) => index <= start,
  )?.[1];
  return (
    section !== undefined &&
    /^k8s_(?:api|api_ready|api_checked|api_alive|api_any|dead|members|sources|ha_health|clients|nodes|claims|held|grace|refused|support|refusals_\w+)$/.test(
      section,
    )
  );
}

/** Whether a line of keepalived.conf is a timer's: read back for the cluster file (timers.ts). */
export function isOwnTimer({ text, source }: Word): boolean {
  return ownHeader(source.text)?.program === 'keepalived' && isTimerKeyword(text);
}

/** Whether a line tells clients of a takeover: read back as `failover.tellClients`, with which it is rendered again. */
export function isOwnTelling({ text, source }: Word, second: string): boolean {
  if (!ownHeader(source.text)) return false;
  return (
    text === 'localpeer' ||
    (/^notify_(?:master|backup|fault)$/.test(text) && second.startsWith('/etc/k8s-ha/tell-clients '))
  );
}

/** Whether a line has the other nodes learn at once who holds a VIP: rendered again wherever fencing is on. */
export function isOwnSupport({ text, source }: Word, second: string): boolean {
  return ownHeader(source.text) !== undefined && text === 'notify' && second.startsWith('/etc/k8s-ha/check-support ');
}

/** How the health checks of a set-up of ours log in, as the cluster file says it; nothing where they are anonymous. */
export function ownHealthAuth(haproxy: string, caFile: string): Readonly<Record<string, string | undefined>> {
  const [, file = '', ca, key] =
    /^# (\S+): client certificate of health checks(?:, signed by (\S+) with ([^\s:]+))?/m.exec(haproxy) ?? [];
  if (file === '') return {};
  return {
    healthAuth: 'certificate',
    healthCertFile: ca === undefined ? file : undefined,
    clientCaFile: ca === caFile ? undefined : ca,
    clientCaKeyFile: key === keyBeside(ca ?? '') ? undefined : key,
  };
}

/** Whether a set-up of ours tells clients of a takeover. */
export function ownTelling(haproxy: string): object {
  return haproxy.includes('\nbackend k8s_clients\n') ? { tellClients: true } : {};
}

/** Whether a set-up of ours keeps connections over planned moves. */
export function ownKeeping(files: readonly GivenFile[]): object {
  return files.some(({ text }) => text.startsWith('#!/bin/sh\n# keep-connections: ')) ? { keepConnections: true } : {};
}

/** What our units say of containers: that they are the runtime, and the images that were chosen, but for the one of our own. */
export function ownRuntime(files: readonly GivenFile[]): object {
  const chosen = (['haproxy', 'keepalived'] as const).map((program) => {
    const unit = files.find(
      ({ text }) => text.startsWith('# rendered by k8s-ha\n') && text.includes(` --name=k8s-ha-${program} `),
    );
    return [program, unit && /^# Image (\S+?)(?:\. .*)?$/m.exec(unit.text)?.[1]] as const;
  });
  if (chosen.every(([, image]) => image === undefined)) return {};
  const images = chosen.filter(([, image]) => image !== undefined && !/^localhost\/k8s-ha:[0-9a-f]{12}$/.test(image));
  return { runtime: 'podman', ...(images.length > 0 && { images: Object.fromEntries(images) }) };
}

/** Whose business the firewalls are, by the script that opens them. */
export function ownFirewall(files: readonly GivenFile[]): object {
  return files.some(({ text }) => /^# \S+: rendered by k8s-ha\. .* \(firewall: manage\)\.$/m.test(text))
    ? { firewall: 'manage' }
    : {};
}

/** Whose adverts the nodes hear, by our unit and the rules that it loads; nothing where the unit is of a version without. */
export function ownGuard(files: readonly GivenFile[]): object {
  const loads = files.some(
    ({ text }) => text.startsWith('# rendered by k8s-ha\n') && text.includes("nft -f /etc/k8s-ha/guard.nft'"),
  );
  if (!loads) return {};
  const rules = files.find(({ text }) => text.includes('\ntable inet k8s_ha {\n'))?.text;
  const mode = rules === undefined ? 'off' : /^# .* \(guard: (\w+)\)\.$/m.exec(rules)?.[1];
  return mode === 'off' || mode === 'addresses' ? { guard: mode } : {};
}

/** How often our timer takes snapshots of etcd, and how many its program keeps. */
export function ownSnapshots(
  files: readonly GivenFile[],
): { readonly every: string; readonly keep: number } | undefined {
  const timer = files.find(({ text }) => text.includes('\nUnit=k8s-ha-etcd-snapshot.service\n'))?.text;
  const everyS = timer && /^OnUnitActiveSec=(\d{1,9})$/m.exec(timer)?.[1];
  const program = files.find(({ text }) => text.startsWith("#!/bin/sh\n# Takes a snapshot of this node's etcd member"));
  const keep = program && /^keep=(\d{1,4})$/m.exec(program.text)?.[1];
  return everyS === undefined || keep === undefined
    ? undefined
    : { every: durationText(Number(everyS) * 1000), keep: Number(keep) };
}
