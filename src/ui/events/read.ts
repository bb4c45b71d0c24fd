import type { ClusterSpec } from '../../cluster/spec.ts';
import { sinceNow } from '../../core/clock.ts';
import { script, succeeded, type Command, type CommandResult } from '../../core/command.ts';
import type { Host } from '../../host/host.ts';
import { parseLogEntry } from '../../observe/live/journal.ts';
import type { ClockOffset, WatchEvent } from '../../observe/live/model.ts';
import { eventOf } from '../../judge/live/reduce.ts';
import { journalctl } from '../../observe/live/script.ts';

/** The clock of one node against the operator's, or why it is unknown. */
export type NodeClock = { readonly node: string } & ({ readonly clock: ClockOffset } | { readonly reason: string });

export interface PastEvents {
  /** In the order of their times by the operator's clock. */
  readonly events: readonly WatchEvent[];
  readonly clocks: readonly NodeClock[];
}

function readCommand(sinceMs: number): Command {
  return script('read the journal', `date +%s%N; ${journalctl(sinceMs)}; date +%s%N`, { timeoutMs: 30_000 });
}

/** What keepalived, HAProxy, systemd and the tool itself wrote on every node since then, merged into one order. */
export async function readEvents(
  spec: ClusterSpec,
  hosts: readonly Host[],
  sinceMs: number,
  signal?: AbortSignal,
): Promise<PastEvents> {
  const options = signal ? { signal } : {};
  const read = await Promise.all(
    hosts.map(async (host) => {
      const node = host.name;
      const failed = ({ failure, stderr }: CommandResult) => ({
        events: [],
        clock: { node, reason: failure?.message ?? stderr.trim() },
      });
      // The connection is made first, so that making it does not blur the measurement of the clock.
      const login = await host.run(script('log in', ':', { privileged: false }), options);
      if (!succeeded(login)) return failed(login);
      const { beganMs, nowMs } = sinceNow();
      const result = await host.run(readCommand(sinceMs), options);
      if (!succeeded(result)) return failed(result);
      return eventsOfNode(spec, node, result.stdout, { sentMs: beganMs, receivedMs: nowMs() });
    }),
  );
  return {
    events: read.flatMap(({ events }) => events).toSorted((a, b) => a.atMs - b.atMs),
    clocks: read.map(({ clock }) => clock),
  };
}

/**
 * The node read its clock first and last between the operator's `sentMs` and `receivedMs`, so the offset lies between
 * what each reading allows.
 */
export function eventsOfNode(
  spec: ClusterSpec,
  node: string,
  output: string,
  { sentMs, receivedMs }: { readonly sentMs: number; readonly receivedMs: number },
): { readonly events: readonly WatchEvent[]; readonly clock: NodeClock } {
  const lines = output.trim().split('\n');
  const most = Number(lines[0]) / 1e6 - sentMs;
  const least = Number(lines.at(-1)) / 1e6 - receivedMs;
  const clock = { offsetMs: (most + least) / 2, errorMs: Math.max(0, (most - least) / 2) };
  if (!Number.isFinite(clock.offsetMs))
    return { events: [], clock: { node, reason: `the node did not tell its time: ${lines[0] ?? ''}` } };
  const events = lines.slice(1, -1).flatMap((line) => {
    const entry = parseLogEntry(line);
    return entry ? [eventOf(spec, node, entry, clock)] : [];
  });
  return { events, clock: { node, clock } };
}
