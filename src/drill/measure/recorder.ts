import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import { script, succeeded, type Command } from '../../core/command.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import type { AddressChange, NodeRecord } from './holders.ts';
import { brief } from '../../core/printable.ts';

const unit = 'k8s-ha-recorder';

/** The record's first line. */
const began = 'k8s-ha-begin';

/**
 * Has a node write down every change of its addresses, by its own kernel's word and with its own clock, in a unit that ends by
 * itself. Its journal outlives a cut connection, so that a node that cannot be reached during the fault tells afterwards.
 */
export function recordCommand(vip: string, seconds: number): Command {
  return script(
    'write down address changes',
    `systemctl stop ${unit} 2>/dev/null
systemctl reset-failed ${unit} 2>/dev/null
systemd-run --quiet --collect --setenv=TZ=UTC --unit=${unit} --property=RuntimeMaxSec=${seconds} /bin/sh -c 'echo ${began}; exec ip -ts -o monitor address' || exit 1
printf '%s ' "$(date +%s.%N)" "$(systemctl show -p InvocationID --value ${unit})"
ip -o address show to ${vip} | grep -qv '^[0-9]*: ${keptOn} ' && echo held || echo free`,
    { intent: intent({ kind: 'record', vip, seconds }) },
  );
}

/**
 * Ends the record and prints it, with the node's present time first. By the unit's run and not by time: after a clock was set back
 * its lines are older than its beginning.
 */
export function recordingCommand(run: string): Command {
  return script(
    'read the record of address changes',
    `systemctl stop ${unit} 2>/dev/null
date +%s.%N
journalctl _SYSTEMD_INVOCATION_ID=${run} -o json --output-fields=MESSAGE --no-pager --quiet`,
    { intent: intent({ kind: 'end-record' }) },
  );
}

/** A node's record under way. */
export interface Recording {
  readonly node: string;
  readonly heldAtStart: boolean;
  readonly offset: Offset;
  /** systemd's id of the unit's run. */
  readonly run: string;
}

/** The node's clock minus the operator's monotonic one, in milliseconds, and how far that may be off. */
interface Offset {
  readonly ms: number;
  readonly errorMs: number;
}

/** @param sentMs and receivedMs: the operator's clock around the moment at which the node read its own */
function offsetOf(nodeS: number, sentMs: number, receivedMs: number): Offset {
  return { ms: nodeS * 1000 - (sentMs + receivedMs) / 2, errorMs: (receivedMs - sentMs) / 2 };
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
  const match = /^(\d{1,12}(?:\.\d{1,9})?) ([0-9a-f]{32}) (held|free)$/m.exec(result.stdout);
  const [, time = '', run = '', state] = match ?? [];
  if (!match) return `"${brief(result.stdout)}" is not a time, a run and a state`;
  return {
    node: host.name,
    heldAtStart: state === 'held',
    offset: offsetOf(Number(time), sentMs, receivedMs),
    run,
  };
}

/** A node that gave a VIP up keeps it here for the connections that go on, where nobody finds it: it holds it no more. */
const keptOn = 'lo';

/** ip(8) says what it has to say of an address in less, and journald what it adds. */
const longestLine = 3000;

/** Microseconds. */
const stamp = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform((text) => Number(text) / 1000);

const lineShape = z.object({ __REALTIME_TIMESTAMP: stamp, __MONOTONIC_TIMESTAMP: stamp, MESSAGE: z.string() });

/** One line of the record. Times are milliseconds. */
interface Line {
  readonly text: string;
  /** Since 1970, when journald had it. */
  readonly heardMs: number;
  /** That clock minus the one that nobody sets. */
  readonly aheadMs: number;
}

function lineOf(json: string): Line | undefined {
  try {
    const read = lineShape.safeParse(JSON.parse(json.slice(0, longestLine)));
    if (!read.success) return undefined;
    const { __REALTIME_TIMESTAMP: heardMs, __MONOTONIC_TIMESTAMP: steadyMs, MESSAGE: text } = read.data;
    return { text, heardMs, aheadMs: heardMs - steadyMs };
  } catch {
    return undefined;
  }
}

/** A clock that is disciplined runs apart from the steady one by less, in a drill; more is a step. */
const stepMs = 100;

/** journald has a line within this time. */
const heardWithinMs = 30_000;

/**
 * Changes of one address. A clock that was set meanwhile is known by the steady clock that journald notes beside it.
 * @returns undefined where the record's beginning is not there: the journal has lost it
 */
export function parseChanges(
  output: string,
  vip: string,
  node: string,
  offsetMs: number,
): readonly AddressChange[] | undefined {
  const lines = output.split('\n').flatMap((line) => lineOf(line) ?? []);
  const first = lines.find(({ text }) => text === began);
  return first && lines.flatMap((line) => changeIn(line, first.aheadMs, vip, node, offsetMs) ?? []);
}

/** `[2026-11-24T18:35:07.396340] Deleted 2: eth0    inet 172.16.100.100/32 scope global eth0\ …` */
function changeIn(
  { text, heardMs, aheadMs }: Line,
  aheadAtStartMs: number,
  vip: string,
  node: string,
  offsetMs: number,
): AddressChange | undefined {
  const match = /^\[([^\]]{1,40})\]\s+(Deleted )?\d+:\s+(\S+)\s+inet6?\s+([0-9a-f.:]+)\//i.exec(text);
  if (!match || match[3] === keptOn || match[4] !== vip) return undefined;
  const [, time = '', deleted] = match;
  const saidMs = timeMs(time);
  if (!Number.isFinite(saidMs)) return undefined;
  // Set between the two: what journald says is the later one.
  const wallMs = Math.abs(heardMs - saidMs) > heardWithinMs ? heardMs : saidMs;
  const steppedMs = Math.abs(aheadMs - aheadAtStartMs) > stepMs ? aheadMs - aheadAtStartMs : 0;
  return { atMs: wallMs - steppedMs - offsetMs, node, held: deleted === undefined };
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
  { node, heldAtStart, offset: before, run }: Recording,
  { monotonicMs }: Clock,
): Promise<NodeRecord | string> {
  const sentMs = monotonicMs();
  const result = await host.run(recordingCommand(run));
  const receivedMs = monotonicMs();
  if (!succeeded(result)) return result.failure?.message ?? (result.stderr.trim() || 'it ended without a word');
  const now = Number(/^\d{1,12}(?:\.\d{1,9})?$/m.exec(result.stdout)?.[0]);
  const offset = better(before, offsetOf(now, sentMs, receivedMs));
  const changes = parseChanges(result.stdout, vip, node, offset.ms);
  return changes ? { node, heldAtStart, changes, errorMs: offset.errorMs } : 'its journal has lost the record';
}

/** The shorter round trip tells the clock better, unless it was set meanwhile. */
function better(before: Offset, after: Offset): Offset {
  const same = Math.abs(after.ms - before.ms) <= after.errorMs + before.errorMs;
  return same && after.errorMs < before.errorMs ? after : before;
}
