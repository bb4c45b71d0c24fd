import { describe, expect, test } from 'vitest';
import type { DisruptionKind, Established } from '../../src/cluster/disruption.ts';
import { predict } from '../../src/predict/predict.ts';
import { predictionsText } from '../../src/report/predictions.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

function predictions(keys: { keepConnections?: boolean; tellClients?: boolean } = {}, nodes = 3) {
  const spec = fakeSpec({}, { nodes });
  return predict({ ...spec, failover: { ...spec.failover, ...keys } }, fakeTimers);
}

function of(kind: DisruptionKind, ...given: Parameters<typeof predictions>): Established | undefined {
  return predictions(...given).find(({ disruption }) => disruption === kind)?.established;
}

function text(...given: Parameters<typeof predictions>): string {
  return predictionsText(predictions(...given), fakeTimers, { targetMs: 500, color: false, width: 200 });
}

describe('connections that are established when a fault begins', () => {
  test('go on over a planned move where the cluster file wants it, and otherwise end in silence', () => {
    expect(of('drained', { keepConnections: true })).toEqual({ become: 'kept', knowUpperMs: 0 });
    expect(of('drained')).toEqual({ become: 'silent', knowUpperMs: 45_000 });
    expect(of('drained', { keepConnections: true }, 1)?.become).toBe('silent');
  });

  test.each<DisruptionKind>(['node-lost', 'haproxy-hung', 'isolated', 'keepalived-killed', 'node-paused'])(
    'through a holder with %s: their clients are told within a second of the move, or know after 45 s',
    (kind) => {
      const found = predictions({ tellClients: true }).find(({ disruption }) => disruption === kind);
      expect(found?.established).toEqual({ become: 'told', knowUpperMs: (found?.upperMs ?? 0) + 1000 });
      expect(of(kind, { keepConnections: true })).toEqual({ become: 'silent', knowUpperMs: 45_000 });
    },
  );

  test('are reset by the kernel of a killed HAProxy, and go on where no VIP moves', () => {
    expect(of('haproxy-killed')?.become).toBe('reset');
    for (const kind of ['reloaded', 'api-server-hung', 'network-restarted'] as const) expect(of(kind)).toBeUndefined();
  });

  test('are in what predict says', () => {
    const [on, off] = [text({ keepConnections: true, tellClients: true }), text()];
    expect(on).toContain('Established connections go on through the node that had the VIP.');
    expect(on).toMatch(/Established connections end; clients are told, within 1\.45 s of the fault\./);
    expect(on).toContain("the next holder tells their clients, within 1 s of the VIP's move");
    expect(off).not.toContain('go on through the node');
    expect(off).toContain('client-go notices by its own pings, after up to 45 s (failover.tellClients: at once)');
    expect(off).toContain('Established connections are reset at once.');
  });
});
