import type { NodeFacts } from '../cluster/timers.ts';
import { atLeast, type Version } from '../core/version.ts';

/** What a node's programs can do, as far as timers depend on it. */
export interface Features {
  /** `vrrp_script` interval and timeout below a second: keepalived 2.3.2; before it, whole seconds only. */
  readonly subSecondScripts: boolean;
  /** `down_timer_adverts`: keepalived 2.2.3; before it, always 3. */
  readonly downTimerAdverts: boolean;
}

export function features({ keepalived }: Pick<NodeFacts, 'keepalived'>): Features {
  return {
    subSecondScripts: atLeast(keepalived, [2, 3, 2]),
    downTimerAdverts: atLeast(keepalived, [2, 2, 3]),
  };
}

/** The oldest keepalived of the nodes: what all of them can do. Undefined for no nodes. */
export function oldestKeepalived(facts: readonly Pick<NodeFacts, 'keepalived'>[]): Version | undefined {
  const versions = facts.map(({ keepalived }) => keepalived);
  return versions.find((candidate) => versions.every((other) => atLeast(other, candidate)));
}
