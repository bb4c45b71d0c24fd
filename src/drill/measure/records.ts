import type { Clock } from '../../core/clock.ts';
import type { Host } from '../../host/host.ts';
import type { NodeRecord } from './holders.ts';
import { endRecording, recordingCommand, startRecording, type Recording } from './recorder.ts';
import type { DrillPlan } from '../target.ts';

export type Recordings = ReadonlyMap<string, Recording | string>;

export async function record(hosts: readonly Host[], vip: string, seconds: number, clock: Clock): Promise<Recordings> {
  return new Map(
    await Promise.all(hosts.map(async (host) => [host.name, await startRecording(host, vip, seconds, clock)] as const)),
  );
}

/** What the nodes wrote down; what a lost node would have written is known by the time of its loss. */
export async function collect(
  hosts: readonly Host[],
  { vip, strikes }: DrillPlan,
  recordings: Recordings,
  injectedMs: number,
  clock: Clock,
): Promise<{ records: readonly NodeRecord[]; unknown: Record<string, string> }> {
  const forgetful = new Set(
    strikes.flatMap(({ fault, targets }) => (fault.forgets ? targets.map(({ node }) => node.name) : [])),
  );
  const read = await Promise.all(
    hosts.map(async (host): Promise<{ node: string; record: NodeRecord | string }> => {
      const recording = recordings.get(host.name) ?? 'it was not asked';
      if (typeof recording === 'string') return { node: host.name, record: recording };
      if (!forgetful.has(host.name))
        return { node: host.name, record: await endRecording(host, vip.address, recording, clock) };
      const { node, heldAtStart, offset } = recording;
      return { node, record: { node, heldAtStart, changes: [], untilMs: injectedMs, errorMs: offset.errorMs } };
    }),
  );
  return {
    records: read.flatMap(({ record: found }) => (typeof found === 'string' ? [] : [found])),
    unknown: Object.fromEntries(
      read.flatMap(({ node, record: found }) => (typeof found === 'string' ? [[node, found]] : [])),
    ),
  };
}

/** Ends the records of a drill that came to nothing. A node that cannot be asked ends its own later. */
export async function endRecords(hosts: readonly Host[], recordings: Recordings): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      const recording = recordings.get(host.name);
      if (typeof recording === 'object') await host.run(recordingCommand(recording.run));
    }),
  );
}
