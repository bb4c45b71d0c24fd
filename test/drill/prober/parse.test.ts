import { describe, expect, test } from 'vitest';
import { parseProbeConfig } from '../../../src/drill/prober/config.ts';
import { parseProbeMessage } from '../../../src/drill/prober/message.ts';
import { outcomeOfError, outcomeOfStatus, saysEtcd } from '../../../src/drill/prober/outcome.ts';

const minimal = { host: '172.16.100.100', port: 7443, caPem: 'pem' };

describe("the prober's configuration", () => {
  test('has a default for everything but host, port and CA', () => {
    expect(parseProbeConfig(JSON.stringify(minimal))).toEqual({
      ok: true,
      value: { ...minimal, path: '/readyz', ratePerSecond: 100, timeoutMs: 3000 },
    });
  });

  test.each([
    ['not json', 'the configuration is not a JSON object'],
    ['[]', 'the configuration is not a JSON object'],
    [JSON.stringify({ ...minimal, caPem: '' }), 'caPem: '],
    [JSON.stringify({ ...minimal, ratePerSecond: 201 }), 'ratePerSecond: '],
    [JSON.stringify({ ...minimal, timeoutMs: 0 }), 'timeoutMs: '],
  ])('%s is refused', (line, error) => {
    const parsed = parseProbeConfig(line);
    expect(parsed.ok ? '' : parsed.error).toContain(error);
  });

  test('carries credentials, and an error never shows them', () => {
    const credentials = { token: 'hush' };
    const writes = { ratePerSecond: 20, namespace: 'default', prefix: 'x' };
    expect(parseProbeConfig(JSON.stringify({ ...minimal, credentials, writes }))).toMatchObject({
      ok: true,
      value: { credentials, writes },
    });
    const wrong = parseProbeConfig(
      JSON.stringify({ ...minimal, credentials, writes: { ...writes, ratePerSecond: 'hush' } }),
    );
    expect(JSON.stringify(wrong)).not.toContain('hush');
  });
});

describe("a line of the prober's output", () => {
  const sample = { kind: 'connect', index: 0, sentMs: 1, doneMs: 2, outcome: 'ok', latenessMs: 0 };

  test.each([
    { ready: true, monotonicOrigin: 5 },
    { samples: [sample] },
    { samples: [{ ...sample, tcpMs: 1, read: { doneMs: 3, outcome: 'http-5xx', etcd: true } }] },
    { summary: { sent: 1, worstLatenessMs: 0, elapsedMs: 1, cpuMs: 1 } },
    { watch: [{ atMs: 1, what: 'lost', outcome: 'reset' }] },
    { audit: { acknowledged: 3, lost: ['a'] } },
    { error: 'no' },
  ])('%j is understood', (message) => {
    expect(parseProbeMessage(JSON.stringify(message))).toEqual(message);
  });

  test.each([
    '',
    '{',
    '{}',
    JSON.stringify({ samples: [{ ...sample, outcome: 'fine' }] }),
    JSON.stringify({ samples: [{ index: 0 }] }),
    JSON.stringify({ samples: [{ ...sample, read: { doneMs: 3 } }] }),
  ])('%s is not', (line) => {
    expect(parseProbeMessage(line)).toBeUndefined();
  });
});

describe('what went wrong', () => {
  test.each([
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ECONNRESET', 'reset'],
    ['EMFILE', 'local'],
    ['ENOTFOUND', 'name'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['HPE_INVALID_CONSTANT', 'protocol'],
    ['SOMETHING_NEW', 'reset'],
  ])('error %s is %s', (code, outcome) => {
    expect(outcomeOfError(Object.assign(new Error('x'), { code }))).toBe(outcome);
  });

  test.each([
    ['[+]ping ok\n[-]etcd failed: reason withheld\n', true],
    ['{"message":"etcdserver: request timed out"}', true],
    ['[+]etcd ok\n[-]shutdown failed: reason withheld\n', false],
    ['', false],
  ])('%j blames etcd: %s', (body, blamed) => {
    expect(saysEtcd(body)).toBe(blamed);
  });

  test.each([
    [200, 'ok'],
    [401, 'http-4xx'],
    [500, 'http-5xx'],
  ])('status %d is %s', (status, outcome) => {
    expect(outcomeOfStatus(status)).toBe(outcome);
  });
});
