import { describe, expect, test } from 'vitest';
import type { HealthCertificateSeen, HealthCheckSeen } from '../../src/cluster/kubernetes.ts';
import type { ApiServerSpec } from '../../src/cluster/spec.ts';
import type { NodeSeen, ServerSeen } from '../../src/cluster/state.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { healthFindings } from '../../src/judge/health.ts';
import { preflight } from '../../src/judge/preflight.ts';
import { freshNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

function specWith(overrides: Partial<ApiServerSpec>) {
  return fakeSpec({ apiServer: { ...fakeSpec().apiServer, ...overrides } });
}

const anonymous = fakeSpec();
const certified = specWith({ healthAuth: 'certificate' });
const own = specWith({ healthAuth: 'certificate', healthCertFile: '/etc/a.pem' });

function certificate(overrides: Partial<HealthCertificateSeen> = {}): HealthCheckSeen {
  return {
    certificate: known({
      path: '',
      subject: 'CN=k8s-ha-health',
      expires: '2027-11-29T05:12:35.000Z',
      daysLeft: 300,
      fingerprint: 'd2',
      hasKey: true,
      mode: 0o600,
      owner: 'root:root',
      signed: true,
      ...overrides,
    }),
    signer: known(true),
  };
}

const none: HealthCheckSeen = { certificate: known(undefined), signer: unknown('/ca.key does not exist') };

function told(spec: typeof anonymous, healthCheck: HealthCheckSeen, overrides: Partial<NodeSeen> = {}) {
  return preflight(spec, stateOf(freshNode(0, { healthCheck, ...overrides }), freshNode(1), freshNode(2))).map(
    ({ rule, severity }) => `${rule}: ${severity}`,
  );
}

/** Nodes whose API server is found to refuse anonymous requests, where they are answered so. */
function refused(...answers: readonly number[]): readonly string[] {
  const nodes = answers.map((answer, i) => freshNode(i, { healthCheck: { answer: known(answer) } }));
  return preflight(anonymous, stateOf(...nodes))
    .filter(({ rule }) => rule === 'anonymous-refused')
    .map(({ node = '' }) => node);
}

describe('before a rollout', () => {
  test.each<[string, typeof anonymous, HealthCheckSeen, readonly string[]]>([
    ['anonymous checks that are answered', anonymous, { answer: known(200) }, []],
    ['an API server that is not ready', anonymous, { answer: known(500) }, []],
    ['one that does not run', anonymous, { answer: unknown('Connection refused') }, []],
    ['anonymous access off', anonymous, { answer: known(401) }, ['anonymous-refused: error']],
    ['anonymous access to other paths alone', anonymous, { answer: known(403) }, ['anonymous-refused: error']],
    [
      'a name that is not in the certificate',
      anonymous,
      { answer: unknown('x'), unverified: 'no alternative certificate subject name' },
      ['api-server-unverified: error'],
    ],
    ['a certificate that is taken', certified, { ...certificate(), answer: known(200) }, []],
    ['one that is not', certified, { ...certificate(), answer: known(401) }, ['health-certificate-refused: error']],
    ['none yet: the rollout signs one', certified, { ...none, signer: known(true), answer: known(401) }, []],
    ['one of another CA: the rollout replaces it', certified, certificate({ signed: false }), []],
    ['one that has expired: the rollout renews it', certified, certificate({ daysLeft: -3 }), []],
    ['none, and nobody who could sign one', certified, none, ['health-certificate-missing: warning']],
    [
      'none, where they refuse anonymous requests',
      certified,
      { ...none, answer: known(401) },
      ['health-certificate-missing: error'],
    ],
    [
      'the operator’s, which is not there',
      own,
      { certificate: known(undefined) },
      ['health-certificate-missing: warning'],
    ],
    [
      'the operator’s, of whatever CA',
      own,
      { certificate: certificate({ signed: false }).certificate ?? known(undefined) },
      [],
    ],
    [
      'the operator’s, which others may read',
      own,
      { certificate: certificate({ mode: 0o644 }).certificate ?? known(undefined) },
      ['health-certificate-exposed: warning'],
    ],
    [
      'the operator’s, which has expired',
      own,
      { certificate: certificate({ daysLeft: -1 }).certificate ?? known(undefined) },
      ['health-certificate-expiry: error'],
    ],
  ])('%s', (_name, spec, healthCheck, findings) => {
    expect(told(spec, healthCheck)).toEqual(findings);
  });

  test('before kubeadm nobody could sign: the CA that is missing is told, once', () => {
    expect(told(certified, none, { caPresent: false })).toEqual(['ca-missing: warning']);
    expect(told(anonymous, { unverified: 'x' }, { caPresent: false })).toEqual(['ca-missing: warning']);
  });

  test('are not refused by one that starts and answers 403 to everybody, while another lets them in', () => {
    expect(refused(403, 200, 200)).toEqual([]);
    expect(refused(403, 403, 403)).toEqual(['cp1', 'cp2', 'cp3']);
    expect(refused(401, 200, 200)).toEqual(['cp1']);
  });

  test('the finding names the key that helps', () => {
    const [finding] = preflight(anonymous, stateOf(freshNode(0, { healthCheck: { answer: known(401) } })));
    expect(finding).toMatchObject({ suggestion: 'Set `apiServer.healthAuth: certificate`.', node: 'cp1' });
  });
});

function server(checkCode: number | undefined): ServerSeen {
  return {
    backend: 'k8s_api_ready',
    server: 'cp1',
    status: 'NOLB',
    sessions: 0,
    lastCheck: 'L7OKC 401',
    ...(checkCode !== undefined && { checkCode }),
  };
}

function rulesOf(spec: typeof anonymous, overrides: Partial<NodeSeen>): readonly string[] {
  return healthFindings(spec, stateOf(freshNode(0, overrides)))
    .map(({ rule, severity }) => `${rule}: ${severity}`)
    .filter((text) => /refused|certificate/.test(text));
}

function answered(spec: typeof anonymous, code: number | undefined): readonly string[] {
  return rulesOf(spec, { servers: known([server(code), server(code)]) });
}

function withDays(daysLeft: number): readonly string[] {
  return rulesOf(certified, { healthCheck: certificate({ daysLeft }) });
}

describe('a status', () => {
  test('tells why HAProxy finds no API server ready, once for a node', () => {
    expect(answered(anonymous, 401)).toEqual(['anonymous-refused: error']);
    expect(answered(certified, 403)).toEqual(['health-certificate-refused: error']);
    for (const code of [500, undefined]) expect(answered(anonymous, code)).toEqual([]);
  });

  test('tells that a certificate expires a month before it does', () => {
    expect(withDays(30)).toEqual([]);
    expect(withDays(29)).toEqual(['health-certificate-expiry: warning']);
    expect(withDays(-1)).toEqual(['health-certificate-expiry: error']);
  });
});
