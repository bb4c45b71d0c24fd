import type { ClusterSpec } from '../../cluster/spec.ts';
import { script, succeeded, type Command } from '../../core/command.ts';
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
export async function readEvents(spec: ClusterSpec, hosts: readonly Host[], sinceMs: number): Promise<PastEvents> {
  const read = await Promise.all(
    hosts.map(async (host) => {
      // The connection is made first, so that making it does not blur the measurement of the clock.
      await host.run(script('log in', ':', { privileged: false }));
      const sentMs = Date.now();
      const result = await host.run(readCommand(sinceMs));
      const node = host.name;
      if (!succeeded(result))
        return { events: [], clock: { node, reason: result.failure?.message ?? result.stderr.trim() } };
      return eventsOfNode(spec, node, result.stdout, { sentMs, receivedMs: Date.now() });
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
