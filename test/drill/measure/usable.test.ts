import { expect, test } from 'vitest';
import type { ProbeSample } from '../../../src/drill/measure/probe.ts';
import { partToBlame, usableOf } from '../../../src/drill/measure/usable.ts';

type Shape = Partial<Pick<ProbeSample, 'tcpMs' | 'tlsMs' | 'doneMs' | 'outcome'>> & {
  readonly read?: Partial<NonNullable<ProbeSample['read']>>;
};

function probe(index: number, { read, ...more }: Shape = {}): ProbeSample {
  const sentMs = 1000 + index * 10;
  const outcome = more.outcome ?? 'ok';
  return {
    kind: 'connect',
    index,
    sentMs,
    tcpMs: sentMs + 1,
    tlsMs: sentMs + 3,
    doneMs: sentMs + 4,
    latenessMs: 0,
    ...more,
    outcome,
    read: { doneMs: sentMs + 6, outcome, ...read },
  };
}

/** What came of a connection that got so far. */
function upTo(stage: 'nothing' | 'tcp' | 'tls', outcome: ProbeSample['outcome']): ProbeSample {
  const { tcpMs, tlsMs, ...rest } = probe(0, { outcome });
  if (stage === 'nothing' || tcpMs === undefined || tlsMs === undefined) return rest;
  return stage === 'tcp' ? { ...rest, tcpMs } : { ...rest, tcpMs, tlsMs };
}

test.each([
  ['no TCP connection', upTo('nothing', 'timeout'), 'address'],
  ['no route', upTo('nothing', 'unreachable'), 'address'],
  ['nobody listens at the address', upTo('nothing', 'refused'), 'proxy'],
  ['TCP, and closed without TLS', upTo('tcp', 'reset'), 'proxy'],
  ['TCP, and no TLS', upTo('tcp', 'timeout'), 'proxy'],
  ['TLS, and no answer', upTo('tls', 'timeout'), 'api-server'],
  ['TLS, and 503', upTo('tls', 'http-5xx'), 'api-server'],
  ['500 to the read, for another reason', probe(0, { read: { outcome: 'http-5xx' } }), 'api-server'],
  ['500 to the read, and it says etcd', probe(0, { read: { outcome: 'http-5xx', etcd: true } }), 'etcd'],
  ['an answer, and none to the read', probe(0, { read: { outcome: 'timeout' } }), 'etcd'],
  ['a late read', probe(0, { read: { doneMs: 1900 } }), 'etcd'],
  ['a late TCP connection', probe(0, { tcpMs: 2001, tlsMs: 2003, doneMs: 2004, read: { doneMs: 2006 } }), 'address'],
  ['a prompt read', probe(0), undefined],
  ['a failure of the prober', upTo('nothing', 'local'), undefined],
] as const)('%s is blamed on the right part', (_, sample, part) => {
  expect(partToBlame(sample)).toBe(part);
});

test('what a client could use is measured by reads, though every connection is served', () => {
  const samples = Array.from({ length: 100 }, (_, i) =>
    i < 30 || i >= 70 ? probe(i) : probe(i, { read: { outcome: 'http-5xx', etcd: true } }),
  );
  const usable = usableOf(samples, '/readyz', { injectedMs: 1200, healedMs: 1995 }, 100);
  expect(usable).toMatchObject({ path: '/readyz', withoutGoodMs: 410, blame: { etcd: 40 } });
  expect(usable?.outage).toMatchObject({ outageMs: 400, failed: 40, probes: 80 });
  expect(usable?.failedShare).toBe(0.5);
});

test('the longest time without a good answer counts late answers as good, and the time up to the end', () => {
  const late = Array.from({ length: 100 }, (_, i) => probe(i, i < 50 ? {} : { read: { doneMs: 1900 } }));
  const times = { injectedMs: 1200, healedMs: 2500 };
  expect(usableOf(late, '/readyz', times, 100)?.withoutGoodMs).toBe(600);
  expect(usableOf([], '/readyz', times, 100)).toMatchObject({ withoutGoodMs: 1300, failedShare: 0 });
});

test('without a path there is nothing to tell', () => {
  expect(usableOf([probe(0)], undefined, { injectedMs: 0, healedMs: 1 }, 100)).toBeUndefined();
});
