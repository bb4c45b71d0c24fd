import type { Clock } from '../../core/clock.ts';
import { script, succeeded, type Command } from '../../core/command.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import type { AddressChange, NodeRecord } from './holders.ts';
import { brief } from '../../core/printable.ts';

const unit = 'k8s-ha-recorder';
const begin = 'k8s-ha-begin';

/**
 * Has a node write down every change of its addresses, by its own kernel's word and with its own clock, in a unit that ends by
 * itself. Its journal outlives a cut connection, so that a node that cannot be reached during the fault tells afterwards.
 */
export function recordCommand(vip: string, seconds: number): Command {
  return script(
    'write down address changes',
    `systemctl stop ${unit} 2>/dev/null
systemctl reset-failed ${unit} 2>/dev/null
systemd-run --quiet --collect --setenv=TZ=UTC --unit=${unit} --property=RuntimeMaxSec=${seconds} ip -ts -o monitor address || exit 1
printf '%s ' "$(date +%s.%N)"
ip -o address show to ${vip} | grep -qv '^[0-9]*: ${keptOn} ' && echo held || echo free`,
    { intent: intent({ kind: 'record', vip, seconds }) },
  );
}

/** Ends the record and prints it, with the node's present time first. */
export function recordingCommand(sinceS: number): Command {
  return script(
    'read the record of address changes',
    `systemctl stop ${unit} 2>/dev/null
echo "${begin} $(date +%s.%N)"
journalctl -u ${unit} --since=@${Math.floor(sinceS)} -o cat --no-pager --quiet`,
    { intent: intent({ kind: 'end-record' }) },
  );
}

/** A node's record under way. */
export interface Recording {
  readonly node: string;
  readonly heldAtStart: boolean;
  /** The node's clock minus the operator's monotonic one, in ms, and how far that may be off. */
  readonly offsetMs: number;
  readonly errorMs: number;
  readonly startedS: number;
}

/** Starts the record on one node; a text says why it could not be. */
export async function startRecording(
  host: Host,
  vip: string,
  seconds: number,
  { monotonicMs }: Clock,
): Promise<Recording | string> {
  const sentMs = monotonicMs();
  const result = await host.run(recordCommand(vip, seconds));
  const receivedMs = monotonicMs();
  if (!succeeded(result)) return result.failure?.message ?? (result.stderr.trim() || 'it ended without a word');
  const match = /(\d{1,12}(?:\.\d{1,9})?) (held|free)/.exec(result.stdout);
  if (!match) return `"${brief(result.stdout)}" is not a time and a state`;
  const startedS = Number(match[1]);
  return {
    node: host.name,
    heldAtStart: match[2] === 'held',
    offsetMs: startedS * 1000 - (sentMs + receivedMs) / 2,
    errorMs: (receivedMs - sentMs) / 2,
    startedS,
  };
}

/** ip(8) says what it has to say of an address in less. */
const longestLine = 1000;

/** A node that gave a VIP up keeps it here for the connections that go on, where nobody finds it: it holds it no more. */
const keptOn = 'lo';

/** `[2026-11-24T18:35:07.396340] Deleted 2: eth0    inet 172.16.100.100/32 scope global eth0\ …` */
export function parseChanges(output: string, vip: string, node: string, offsetMs: number): readonly AddressChange[] {
  return output.split('\n').flatMap((line) => {
    const match = /^\[([^\]]{1,40})\]\s+(Deleted )?\d+:\s+(\S+)\s+inet6?\s+([0-9a-f.:]+)\//i.exec(
      line.slice(0, longestLine),
    );
    if (!match || match[3] === keptOn || match[4] !== vip) return [];
    const [, time = '', deleted] = match;
    const atMs = timeMs(time) - offsetMs;
    return Number.isFinite(atMs) ? [{ atMs, node, held: deleted === undefined }] : [];
  });
}

/** ip(8) prints the local time without a zone; the unit's is UTC. */
function timeMs(text: string): number {
  const [seconds = '', fraction = '0'] = text.split('.');
  return Date.parse(`${seconds}Z`) + Number(`0.${fraction}`) * 1000;
}

/** Ends the record of one node and reads it; a text says why it is lost. */
export async function endRecording(
  host: Host,
  vip: string,
  recording: Recording,
  { monotonicMs }: Clock,
): Promise<NodeRecord | string> {
  const sentMs = monotonicMs();
  const result = await host.run(recordingCommand(recording.startedS));
  const receivedMs = monotonicMs();
  if (!succeeded(result)) return result.failure?.message ?? (result.stderr.trim() || 'it ended without a word');
  // The shorter round trip tells the clock better.
  const now = Number(new RegExp(`${begin} (\\d{1,12}(?:\\.\\d{1,9})?)`).exec(result.stdout)?.[1]);
  const errorMs = (receivedMs - sentMs) / 2;
  const offsetMs = errorMs < recording.errorMs ? now * 1000 - (sentMs + receivedMs) / 2 : recording.offsetMs;
  return {
    node: recording.node,
    heldAtStart: recording.heldAtStart,
    changes: parseChanges(result.stdout, vip, recording.node, offsetMs),
    errorMs: Math.min(errorMs, recording.errorMs),
  };
}
