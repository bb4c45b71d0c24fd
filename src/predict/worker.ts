import type { ClusterSpec } from '../cluster/spec.ts';
import type { Timers } from '../cluster/timers.ts';
import { apiServerHung, apiServerKilled } from './api-server.ts';
import { defaultAllowances } from './allowances.ts';
import { unnoticed, until } from './bounds.ts';
import { apiServerDownTerms } from './haproxy.ts';
import type { Bounds, Model } from './model.ts';
import { fixed, sum, term } from './terms.ts';

/** What breaks, as the kubelet of a worker with a HAProxy of its own sees it. */
export const workerFaults = {
  'vip-moves': 'a VIP moves, for whatever reason, or nobody has it',
  'api-server-killed': 'an API server is killed',
  'api-server-hung': 'an API server hangs',
  'node-lost': 'a control-plane node loses power',
  'local-haproxy-killed': "the worker's HAProxy is killed",
} as const;

export type WorkerFault = keyof typeof workerFaults;

function isWorkerFault(text: string): text is WorkerFault {
  return Object.hasOwn(workerFaults, text);
}

/** How long a kubelet's requests are not served, at least and at most. */
export interface WorkerPrediction extends Bounds {
  readonly fault: WorkerFault;
  readonly title: string;
}

/** systemd starts HAProxy again after 100 ms (RestartSec), and one that starts takes so long, on a busy machine. */
const restart = { afterMs: 100, start: { lowerMs: 20, upperMs: 1500 } } as const;

const faultBounds: Readonly<Record<WorkerFault, (model: Model) => Bounds>> = {
  'vip-moves': () => unnoticed('it goes through no VIP', 'Its connections go on.'),
  'api-server-killed': (model) =>
    model.spec.nodes.length === 1
      ? apiServerKilled(model)
      : {
          ...apiServerKilled(model),
          note: 'Its connections to that one are reset, and made again to another at once.',
        },
  'api-server-hung': apiServerHung,
  'node-lost': ({ spec, timers, allowances }) =>
    spec.nodes.length === 1
      ? until('it runs again', 'A single API server: nobody else can answer.')
      : {
          impact: 'partial',
          ...sum([...apiServerDownTerms(timers.check), term('redispatch', allowances.redispatch)]),
          lowerMs: 0,
          twoHoldersUpperMs: 0,
          note: 'Where its connection went to that node: HAProxy closes it when its check has marked the API server down.',
        },
  'local-haproxy-killed': ({ allowances }) => ({
    impact: 'outage',
    ...sum([term('systemd', allowances.unitReaction), fixed('pause', restart.afterMs), term('start', restart.start)]),
    twoHoldersUpperMs: 0,
    note: 'Nobody else is concerned. A node is NotReady only when its kubelet was silent for 40 s.',
  }),
};

/** What the kubelets of workers lose where each has a HAProxy of its own; nothing where they go through the VIPs, as everybody. */
export function predictWorkers(spec: ClusterSpec, timers: Timers): readonly WorkerPrediction[] {
  if (spec.kubernetes.workerBalancer === 'vip' || spec.workers.length === 0) return [];
  const model = { spec, timers, allowances: defaultAllowances };
  return Object.keys(workerFaults)
    .filter(isWorkerFault)
    .map((fault) => ({
      fault,
      title: workerFaults[fault],
      ...faultBounds[fault](model),
    }));
}
