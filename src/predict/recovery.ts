import type { Timers } from '../cluster/timers.ts';
import { defaultAllowances, type Allowances } from './allowances.ts';
import { successorSkew, nodeLoss, prioritiesOf } from './vrrp.ts';
import { avoidedTerms } from './haproxy.ts';
import { sum, term, type Bound } from './terms.ts';
import type { ClusterSpec } from '../cluster/spec.ts';

/**
 * From the moment at which everything is healed until every client is served again, at most: the VIP may move again, etcd
 * may elect again, and an API server that is not ready yet has to be found out.
 */
export function recovery(
  spec: ClusterSpec,
  { vrrp, check }: Timers,
  allowances: Allowances = defaultAllowances,
): Bound {
  const skew = successorSkew(prioritiesOf(spec), vrrp.advertIntervalMs) ?? { lowerMs: 0, upperMs: 0 };
  const { lowerMs, upperMs } = nodeLoss(vrrp, skew, allowances);
  return sum([
    term('taking over', { lowerMs, upperMs }),
    term('etcd election', allowances.etcdElection),
    ...avoidedTerms(check),
  ]);
}
