import { copyOf, pass } from '../../fakes/sim/cluster.ts';
import { simInstruments } from '../../fakes/sim/prober.ts';
import { proberContract } from '../prober/contract.ts';
import { running, vip } from './world.ts';

const healthy = running();

proberContract('simulated', async () => {
  const cluster = copyOf(await healthy);
  const config = { host: vip, port: 7443, caPem: 'CA', path: '/readyz', ratePerSecond: 50, timeoutMs: 600 };
  return {
    config,
    start: async (asked, signal) => simInstruments(cluster).startProber(asked, signal ? { signal } : {}),
    pass: async (ms) => pass(cluster, ms),
  };
});
