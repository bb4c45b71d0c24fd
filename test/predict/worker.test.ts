import { describe, expect, test } from 'vitest';
import { apiServerDownTerms } from '../../src/predict/haproxy.ts';
import { sum } from '../../src/predict/terms.ts';
import { predictWorkers, type WorkerFault } from '../../src/predict/worker.ts';
import { workersText } from '../../src/report/workers.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const workers = [{ name: 'w1', address: '172.16.217.181', family: 'ipv4' as const, ssh: { options: {} } }];
const local = fakeSpec({ workers, kubernetes: { ...fakeSpec().kubernetes, workerBalancer: 'node-local' } });

function of(fault: WorkerFault, spec = local) {
  return predictWorkers(spec, fakeTimers).find((prediction) => prediction.fault === fault);
}

describe('the kubelet of a worker with a HAProxy of its own', () => {
  test('loses nothing when a VIP moves', () => {
    expect(of('vip-moves')).toMatchObject({ impact: 'none', lowerMs: 0, upperMs: 0 });
  });

  test('loses what HAProxy’s check needs when a node of the control plane is lost', () => {
    const check = sum(apiServerDownTerms(fakeTimers.check)).upperMs;
    expect(of('node-lost')?.upperMs).toBeGreaterThanOrEqual(check);
    expect(of('node-lost')?.upperMs).toBeLessThanOrEqual(check + 10);
  });

  test('waits for a single API server as everybody does', () => {
    const single = { ...local, nodes: local.nodes.slice(0, 1) };
    expect(of('node-lost', single)?.upperMs).toBe(Infinity);
    expect(of('api-server-killed', single)?.upperMs).toBe(Infinity);
  });

  test('is not NotReady by the worst of these, which is below the 40 s that a node may be silent', () => {
    for (const { upperMs } of predictWorkers(local, fakeTimers)) expect(upperMs).toBeLessThan(40_000);
  });
});

test('nothing is told where kubelets go through the VIPs, or where there are no workers', () => {
  expect(predictWorkers(fakeSpec({ workers }), fakeTimers)).toEqual([]);
  expect(predictWorkers({ ...local, workers: [] }, fakeTimers)).toEqual([]);
  expect(workersText([], { color: false, width: 80 })).toBe('');
});

test('each is told with its formula', () => {
  const text = workersText(predictWorkers(local, fakeTimers), { color: false, width: 80 });
  expect(text).toContain(
    '  a VIP moves, for whatever reason, or nobody has it\n    nothing\n    = it goes through no VIP\n',
  );
});
