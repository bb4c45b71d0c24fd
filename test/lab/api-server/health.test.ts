import { describe, expect, it } from 'vitest';
import type { Etcd } from '../../../src/lab/api-server/etcd.ts';
import { createHealth, renderHealth } from '../../../src/lab/api-server/health.ts';

function etcd(range: Etcd['range']): Etcd {
  return {
    range,
    compareAndSet: () => Promise.reject(new Error('not asked')),
    watch: () => {
      throw new Error('not asked');
    },
  };
}

const well = etcd(() => Promise.resolve({ revision: '1', kvs: [] }));
const sick = etcd(() => Promise.reject(new Error('etcd: no answer within 2000 ms')));
const noFile = '/nonexistent/not-ready';

describe('health', () => {
  it('is ready when etcd answers a linearizable read', async () => {
    expect(await createHealth(well, noFile, () => false)('/readyz', false)).toEqual({ status: 200, body: 'ok' });
  });

  it('is not ready without etcd, says why, and lives nevertheless', async () => {
    const health = createHealth(sick, noFile, () => false);
    const ready = await health('/readyz', false);
    expect(ready.status).toBe(500);
    expect(ready.body).toContain('[-]etcd failed: etcd: no answer within 2000 ms');
    expect((await health('/livez', false)).status).toBe(200);
    expect((await health('/healthz', false)).status).toBe(500);
  });

  it('is not ready from the signal to stop on', async () => {
    let stopping = false;
    const health = createHealth(well, noFile, () => stopping);
    expect((await health('/readyz', false)).status).toBe(200);
    stopping = true;
    expect((await health('/readyz', false)).body).toContain('[-]shutdown failed');
    expect((await health('/readyz', false, ['shutdown'])).status).toBe(200);
    expect((await health('/healthz', false)).status).toBe(200);
  });

  it('is not ready while the not-ready file exists', async () => {
    const health = createHealth(well, import.meta.filename, () => false);
    expect((await health('/readyz', false)).status).toBe(500);
  });

  it('asks etcd once for requests that come together', async () => {
    let asked = 0;
    const counting = etcd(() => {
      asked += 1;
      return Promise.resolve({ revision: '1', kvs: [] });
    });
    const health = createHealth(counting, noFile, () => false);
    await Promise.all([health('/readyz', false), health('/readyz', false), health('/healthz', false)]);
    expect(asked).toBe(1);
    await health('/readyz', false);
    expect(asked).toBe(2);
  });

  it('lists the checks when asked to be verbose', () => {
    const checks = [{ name: 'ping', problem: undefined }];
    expect(renderHealth('readyz', checks, true).body).toBe('[+]ping ok\nreadyz check passed\n');
  });
});
