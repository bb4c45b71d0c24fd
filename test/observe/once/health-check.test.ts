import { describe, expect, test } from 'vitest';
import type { HealthCheckSeen } from '../../../src/cluster/kubernetes.ts';
import type { ApiServerSpec } from '../../../src/cluster/spec.ts';
import { assumedFacts } from '../../../src/cluster/timers.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import { knownFacts } from '../../../src/observe/once/facts.ts';
import { certificateStep, parseHealthCheck } from '../../../src/observe/once/kubernetes/health-check.ts';
import { observeCommand } from '../../../src/observe/once/script.ts';
import { caPem, longFingerprint, longPem, shortExpiresMs, shortPem, strangerPem } from '../../fakes/certificates.ts';
import { freshNode, stateOf } from '../../fakes/seen.ts';
import { fakeSpec } from '../../fakes/spec.ts';

const dayMs = 86_400_000;

type Said = Readonly<Record<string, readonly [text: string, rc?: number]>>;

function read(said: Said, nowMs = shortExpiresMs - 100 * dayMs): HealthCheckSeen | undefined {
  return parseHealthCheck((name) => {
    const [text, rc = 0] = said[name] ?? [];
    return text === undefined ? undefined : { text, rc };
  }, nowMs);
}

const able = { signer: [''], 'client-ca': [caPem] } satisfies Said;

function file(pem: string, about = '600 root:root', key = 'key'): Said {
  return { ...able, 'health-cert': [`${about}\n${key}\n${pem}`] };
}

function specWith(overrides: Partial<ApiServerSpec> = {}) {
  return fakeSpec({ apiServer: { ...fakeSpec().apiServer, healthAuth: 'certificate', ...overrides } });
}

function stepFor(said: Said, nowMs?: number, overrides: Partial<ApiServerSpec> = {}) {
  const healthCheck = read(said, nowMs);
  return certificateStep(specWith(overrides), { ...(healthCheck && { healthCheck }) });
}

/** When so many days are left, and not a second more. */
function left(days: number): number {
  return shortExpiresMs - days * dayMs - 1000;
}

function factsWith(said: Said): unknown {
  const healthCheck = read(said);
  return knownFacts(specWith(), stateOf(freshNode(0, healthCheck && { healthCheck })))[0]?.facts.healthCert;
}

describe('the client certificate of health checks, as a node shows it', () => {
  test('is read with its end, its hash and whose file it is', () => {
    expect(read(file(longPem))?.certificate).toMatchObject({
      known: true,
      value: {
        subject: 'CN=k8s-ha-health',
        expires: '2125-06-23T05:12:35.000Z',
        fingerprint: longFingerprint,
        hasKey: true,
        mode: 0o600,
        owner: 'root:root',
        signed: true,
      },
    });
    expect(read(file(strangerPem))?.certificate).toMatchObject({ value: { signed: false } });
    expect(read({ ...file(longPem), 'client-ca': ['no such file', 1] })?.certificate).toMatchObject({
      value: { signed: undefined },
    });
    expect(read({ ...file(longPem), 'client-ca': [`${strangerPem}${caPem}`] })?.certificate).toMatchObject({
      value: { signed: true },
    });
  });

  test('is undefined where there is none, and unknown where the file holds something else', () => {
    expect(read({ 'health-cert': ['', 127] })?.certificate).toEqual(known(undefined));
    expect(read({ 'health-cert': ['600 root:root\nno key\n'] })?.certificate).toEqual(unknown('it has no certificate'));
    expect(read({ 'health-cert': [`rw root\nkey\n${longPem}`] })?.certificate).toEqual(
      unknown('it has no certificate'),
    );
    expect(read({})).toBeUndefined();
  });

  test.each([
    ['there is none', { ...able, 'health-cert': ['', 127] }, 'issue'],
    ['the file is no certificate', { ...able, 'health-cert': ['600 root:root\nkey\nnonsense'] }, 'issue'],
    ['it has no key', file(longPem, '600 root:root', 'no key'), 'issue'],
    ['another CA signed it', file(strangerPem), 'issue'],
    ['others could read it', file(longPem, '640 root:root'), 'issue'],
    ['it is somebody else’s', file(longPem, '600 haproxy:haproxy'), 'issue'],
    ['all is well', file(longPem), undefined],
    ['nobody can sign one', { ...able, 'health-cert': ['', 127], signer: ['openssl is not installed', 1] }, undefined],
    ['nobody asked', {}, undefined],
  ] satisfies readonly (readonly [string, Said, string | undefined])[])('%s: %#', (_why, said, step) => {
    expect(stepFor(said)).toBe(step);
  });

  test('is renewed when fewer than 60 days are left, and never where it is the operator’s', () => {
    expect(stepFor(file(shortPem), left(60))).toBeUndefined();
    expect(stepFor(file(shortPem), left(59))).toBe('renew');
    expect(stepFor(file(shortPem), left(-1))).toBe('renew');
    expect(stepFor(file(shortPem), left(1), { healthCertFile: '/etc/a.pem' })).toBeUndefined();
    expect(stepFor(file(shortPem), left(1), { healthAuth: 'anonymous' })).toBeUndefined();
  });

  test('is rendered by its hash, by its path alone before it is signed, and not at all where it cannot be', () => {
    expect(assumedFacts.healthCert).toEqual({});
    expect(factsWith(file(longPem))).toEqual({ fingerprint: longFingerprint });
    expect(factsWith({ ...able, 'health-cert': ['', 127] })).toEqual({});
    expect(factsWith({ 'health-cert': ['', 127], signer: ['no', 1] })).toBeUndefined();
  });
});

describe('what an API server answers to a health check', () => {
  test('is a status, or unknown with what curl said, or that its certificate is refused', () => {
    expect(read({ 'health-answer': ['401\n'] })).toEqual({ answer: known(401) });
    expect(read({ 'health-answer': ['000\ncurl: (7) Failed to connect to 127.0.0.1', 7] })).toEqual({
      answer: unknown('000 curl: (7) Failed to connect to 127.0.0.1'),
    });
    expect(
      read({ 'health-answer': ['000\ncurl: (60) SSL: no alternative certificate subject name matches', 60] }),
    ).toMatchObject({ unverified: 'SSL: no alternative certificate subject name matches' });
  });
});

describe('the observation', () => {
  test('never reads the file with the key, and asks for nothing of it where checks are anonymous', () => {
    const anonymous = JSON.stringify(observeCommand(fakeSpec(), { wire: true, kubernetes: true }));
    expect(anonymous).not.toContain('health-check.pem');
    const text = observeCommand(specWith(), { wire: true, kubernetes: true }).stdin ?? '';
    expect(text).toContain('--cert /etc/k8s-ha/pki/health-check.pem');
    expect(text).not.toMatch(/(cat|say|base64|head|files) [^\n]*health-check\.pem/);
    expect(text).not.toContain('cat /etc/kubernetes/pki/ca.key');
  });

  test('verifies API servers by the name of the cluster file, and where they have none, by the VIP', () => {
    const named = JSON.stringify(observeCommand(specWith({ tlsServerName: 'api.internal' }), { kubernetes: true }));
    expect(named).toContain('https://api.internal:6443/version');
    const nameless = JSON.stringify(observeCommand(specWith({ tlsServerName: 'none' }), { kubernetes: true }));
    expect(nameless).toContain('https://172.16.100.100:6443/version');
  });
});
