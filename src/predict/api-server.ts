import type { Writes } from '../cluster/disruption.ts';
import { majority } from '../cluster/spec.ts';
import type { Timers } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';
import { unnoticed, until } from './bounds.ts';
import { avoidedTerms } from './haproxy.ts';
import type { Bounds, Model } from './model.ts';
import { sum, term } from './terms.ts';

const alone = until('it runs again', 'A single API server: nobody else can answer.');

export function apiServerKilled({ spec, allowances }: Model): Bounds {
  return spec.nodes.length === 1
    ? alone
    : {
        impact: 'in-flight',
        ...sum([
          term('exit', allowances.exit),
          term('redispatch', allowances.redispatch),
          term('probe', { ...allowances.probe, lowerMs: 0 }),
        ]),
        lowerMs: 0,
        twoHoldersUpperMs: 0,
        note: 'What reaches it while its memory is freed is reset. A refused connection goes to another API server at once.',
      };
}

export function apiServerHung({ spec, timers, allowances }: Model): Bounds {
  return spec.nodes.length === 1
    ? alone
    : {
        impact: 'partial',
        ...sum([...avoidedTerms(timers.check), term('', allowances.sparse), term('probe', allowances.probe)]),
        twoHoldersUpperMs: 0,
        note: `Up to one in ${spec.nodes.length} new connections waits. Most often ${formatMs(hungUsualMs(timers))}: only a check that was past TLS waits for its answer.`,
      };
}

/** Nearly always the hang meets a check before its TLS is done: inter, then fall × connect with fastinter between. */
function hungUsualMs({ check }: Timers): number {
  return sum(avoidedTerms({ ...check, answerMs: 0 })).upperMs;
}

export function apiServerNotReady({ timers }: Model): Bounds {
  return unnoticed(
    'it still answers',
    `Within ${formatMs(hungUsualMs(timers))} it gets no new connections; it keeps its live ones.`,
  );
}

/** etcd's faults do not touch connections through the VIP; what they cost is told in the note. */
export function etcdFault(writes: Writes, note: string) {
  return ({ spec }: Model): Bounds =>
    spec.nodes.length === 1
      ? {
          ...until('it runs again', 'A single etcd member: nothing can be read or written without it.'),
          writes: 'fail',
        }
      : {
          ...unnoticed(
            writes === 'fail'
              ? `until ${majority(spec.nodes.length)} of ${spec.nodes.length} etcd members run again`
              : 'the address and the API servers answer',
            note,
          ),
          writes,
        };
}

/** Losing a node costs etcd its member there: where that was the majority, the address moves and writes fail all the same. */
export function withMember(bound: (model: Model) => Bounds) {
  return (model: Model): Bounds => {
    const { spec } = model;
    const left = spec.nodes.length - 1;
    const bounds = bound(model);
    return spec.etcd.mode === 'stacked' && left < majority(spec.nodes.length) ? { ...bounds, writes: 'fail' } : bounds;
  };
}
