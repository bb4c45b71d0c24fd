import type { WatchEvent } from '../../../observe/live/model.ts';

/** What the journals say of one moment in the past. */
export interface Past {
  /** VIP → nodes whose instance was MASTER. */
  readonly holders: Readonly<Record<string, readonly string[]>>;
  /** Node → VIP → state that its instance was in. */
  readonly states: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Who held what at a moment, from the transitions before it. What has no transition before it is unknown, and absent; so is
 * a node that has stopped answering.
 */
export function replay(
  events: readonly Pick<WatchEvent, 'atMs' | 'node' | 'vrrp' | 'kind' | 'tone'>[],
  atMs: number,
): Past {
  const states: Record<string, Record<string, string>> = {};
  for (const event of events) {
    if (event.atMs > atMs) break;
    if (event.kind === 'node' && event.tone === 'bad' && event.node !== undefined) delete states[event.node];
    if (event.vrrp && event.node !== undefined) (states[event.node] ??= {})[event.vrrp.vip] = event.vrrp.state;
  }
  const holders: Record<string, string[]> = {};
  for (const [node, vips] of Object.entries(states))
    for (const [vip, state] of Object.entries(vips)) if (state === 'MASTER') (holders[vip] ??= []).push(node);
  return { holders, states };
}
