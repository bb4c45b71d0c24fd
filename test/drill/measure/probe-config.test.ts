import { expect, test } from 'vitest';
import { needsCredentials, probeConfig } from '../../../src/drill/measure/probe-config.ts';
import type { ProbeSample } from '../../../src/drill/measure/probe.ts';
import { fakeSpec } from '../../fakes/spec.ts';

function sample(status?: number): ProbeSample {
  return {
    kind: 'connect',
    index: 0,
    sentMs: 0,
    doneMs: 1,
    outcome: status === undefined ? 'refused' : status < 400 ? 'ok' : 'http-4xx',
    latenessMs: 0,
    ...(status !== undefined && { status }),
  };
}

test('an API that does not let the probes in is no outage: what helps is named', () => {
  for (const status of [401, 403]) expect(needsCredentials([sample(200), sample(status)])).toContain('--kubeconfig');
  for (const status of [200, 404, 429, 503, undefined]) expect(needsCredentials([sample(status)])).toBeUndefined();
});

test('the prober logs in with what it is given, and verifies the API by its name, or by the VIP where it has none', async () => {
  const credentials = { token: 'hush' };
  const given = { ratePerSecond: 10, caPem: 'CA', credentials };
  expect(await probeConfig(fakeSpec(), undefined, given)).toMatchObject({
    ok: true,
    value: { host: '172.16.100.100', servername: 'kubernetes', credentials },
  });
  const nameless = fakeSpec({ apiServer: { ...fakeSpec().apiServer, tlsServerName: 'none' } });
  const config = await probeConfig(nameless, undefined, { ratePerSecond: 10, caPem: 'CA' });
  expect(config).toMatchObject({ ok: true, value: { host: '172.16.100.100' } });
  expect(JSON.stringify(config)).not.toContain('servername');
});
