import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { certificateCommand } from '../../src/act/rollout/commands/certificate.ts';
import type { HealthCheckSeen } from '../../src/cluster/kubernetes.ts';
import type { ApiServerSpec, ClusterSpec } from '../../src/cluster/spec.ts';
import { assumedFacts, type NodeFacts } from '../../src/cluster/timers.ts';
import type { Command } from '../../src/core/command.ts';
import { healthCheckObstacles } from '../../src/judge/health-check.ts';
import { haproxyNames } from '../../src/node/haproxy.ts';
import { etcDir, paths, runDir } from '../../src/node/paths.ts';
import {
  certificateStep,
  healthAnswerSection,
  healthCertSections,
  parseHealthCheck,
} from '../../src/observe/once/kubernetes/health-check.ts';
import { csvRows } from '../../src/observe/once/csv.ts';
import { parseSections, sectionsCommand } from '../../src/observe/once/sections.ts';
import { renderHaproxy } from '../../src/render/haproxy.ts';
import { words } from '../../src/lab/words.ts';
import { freshNode } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';
import { builtPrograms, freePort, startApiServer, type ApiServer } from '../render/support/api-server.ts';

const programs = builtPrograms();
const run = promisify(execFile);
const patient = { timeout: 20_000, interval: 200 };

const hardened = [
  { name: 'anonymous access off, TLS 1.3 alone', names: 'DNS:kubernetes,IP:127.0.0.1', tlsServerName: 'kubernetes' },
  { name: 'certificates with addresses alone', names: 'IP:127.0.0.1,IP:172.16.100.100', tlsServerName: 'none' },
] as const;

/** A real API server that refuses anonymous requests; needs what `k8s-ha lab programs --from go` builds. */
describe.skipIf(programs === undefined).each(hardened)('health checks of a real API server: $name', (variant) => {
  let server: ApiServer;
  let folder: string;
  let haproxy: ChildProcess | undefined;
  const here = (text: string): string =>
    text.replaceAll(etcDir, join(folder, 'etc')).replaceAll(runDir, join(folder, 'run'));

  const specWith = (overrides: Partial<ApiServerSpec> = {}): ClusterSpec => {
    const pki = (name: string): string => join(server.pki, name);
    const apiServer: ApiServerSpec = {
      ...fakeSpec().apiServer,
      port: server.port,
      caFile: pki('ca.crt'),
      clientCaFile: pki('ca.crt'),
      clientCaKeyFile: pki('ca.key'),
      tlsServerName: variant.tlsServerName,
      ...overrides,
    };
    return fakeSpec(
      { apiServer, nodes: fakeSpec().nodes.map((node) => ({ ...node, address: '127.0.0.1' })) },
      { nodes: 1, vips: 1 },
    );
  };
  const certified = (): ClusterSpec => specWith({ healthAuth: 'certificate' });

  const carryOut = ({ argv: [program = '', ...args], stdin = '' }: Command): string => {
    const { status, stdout, stderr } = spawnSync(program, args, { input: here(stdin), encoding: 'utf8' });
    if (status !== 0) throw new Error(`${status}: ${stderr}`);
    return stdout + stderr;
  };
  const look = (spec: ClusterSpec): HealthCheckSeen | undefined => {
    const body = `${healthCertSections(spec)}${healthAnswerSection(spec)}`;
    const sections = parseSections(carryOut(sectionsCommand('look', '', body)));
    return parseHealthCheck((name) => sections.get(name), Date.now());
  };
  const stepFor = (spec: ClusterSpec, healthCheck = look(spec)): string | undefined =>
    certificateStep(spec, { ...(healthCheck && { healthCheck }) });
  const found = (spec: ClusterSpec): readonly string[] => {
    const healthCheck = look(spec);
    return healthCheckObstacles(spec, freshNode(0, healthCheck && { healthCheck })).map(({ rule }) => rule);
  };
  const pem = (): string => readFileSync(here(paths.healthCert), 'utf8');

  /** Starts HAProxy with what is rendered. @returns what it says of the API server: `UP 200` */
  const checked = async (spec: ClusterSpec, facts: Partial<NodeFacts>): Promise<() => Promise<string>> => {
    const [node] = spec.nodes;
    if (!node) throw new Error('no node');
    const { healthCert: _, ...bare } = assumedFacts;
    const port = await freePort();
    const text = renderHaproxy({ ...spec, endpoint: { ...spec.endpoint, port } }, node, fakeTimers, {
      ...bare,
      nofile: 4096,
      ...facts,
    });
    const config = join(folder, 'haproxy.cfg');
    writeFileSync(join(folder, 'run/server-state'), '1\n');
    writeFileSync(config, here(text).replaceAll('7444', String(await freePort())));
    haproxy = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
    return async () => {
      const ask = 'echo show stat | socat -t2 - "UNIX-CONNECT:$0"';
      const asked = spawnSync('sh', ['-c', ask, join(folder, 'run/haproxy.sock')], { encoding: 'utf8' });
      const rows = csvRows(asked.stdout.trim().split('\n'));
      const said = (backend: string, column: string): string | undefined =>
        rows?.find((cell) => cell('pxname') === backend && cell('svname') === node.name)?.(column);
      return `${said(haproxyNames.ready, 'status')} ${said(haproxyNames.checked, 'check_code')}`;
    };
  };

  beforeAll(async () => {
    if (programs === undefined) return;
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-health-'));
    for (const name of ['etc', 'run']) mkdirSync(join(folder, name));
    writeFileSync(here(paths.lock), '{"token":"token"}\n');
    const flags = '--anonymous-auth=false --tls-min-version=VersionTLS13';
    server = await startApiServer(programs, { names: variant.names, flags });
  }, 90_000);
  afterEach(() => {
    haproxy?.kill('SIGKILL');
    haproxy = undefined;
  });
  afterAll(() => {
    server?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  test('anonymous ones find no API server ready, and the preflight says which key helps', async () => {
    expect(look(specWith())?.answer).toEqual({ known: true, value: 401 });
    expect(found(specWith())).toEqual(['anonymous-refused']);
    const says = await checked(specWith(), {});
    await expect.poll(says, patient).toBe('NOLB 401');
  });

  test('a name that the certificate has not is found', () => {
    expect(found(specWith({ tlsServerName: 'elsewhere' }))).toContain('api-server-unverified');
  });

  test('the node signs a certificate: its key is shown nowhere, readable by root alone, and nothing else is left', () => {
    const beside = readdirSync(server.pki).toSorted();
    expect(stepFor(certified())).toBe('issue');
    const said = carryOut(certificateCommand(certified(), 'token'));
    expect(said).toBe('');
    expect(statSync(here(paths.healthCert)).mode & 0o7777).toBe(0o600);
    expect(statSync(join(folder, 'etc/pki')).mode & 0o7777).toBe(0o700);
    expect(readdirSync(join(folder, 'etc/pki'))).toEqual(['health-check.pem']);
    expect(readdirSync(server.pki).toSorted()).toEqual(beside);
    const certificate = new X509Certificate(pem());
    expect(certificate.subject).toBe('CN=k8s-ha-health');
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(364);
    expect(days).toBeLessThan(366);
    const [, key = ''] = /-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^-]+)\n/.exec(pem()) ?? [];
    expect(key.length).toBeGreaterThan(50);
    const seen = look(certified());
    expect(JSON.stringify([seen, certificateCommand(certified(), 'token')])).not.toContain(key.slice(0, 40));
    expect(seen?.certificate).toMatchObject({ known: true, value: { hasKey: true, signed: true, owner: 'root:root' } });
  });

  test('with it they find the API server ready, and nothing is left to do or to say', async () => {
    const seen = look(certified());
    expect(seen?.answer).toEqual({ known: true, value: 200 });
    expect(stepFor(certified(), seen)).toBeUndefined();
    expect(found(certified())).toEqual([]);
    const says = await checked(certified(), { healthCert: {} });
    await expect.poll(says, patient).toBe('UP 200');
  });

  test('it may read health and version, and nothing else', async () => {
    const cert = here(paths.healthCert);
    const codeOf = async (path: string): Promise<string> => {
      const url = `https://127.0.0.1:${server.port}${path}`;
      return (await run('curl', ['-sk', '--cert', cert, '-o', '/dev/null', '-w', '%{http_code}', url])).stdout;
    };
    for (const path of ['/readyz', '/livez', '/version']) expect(await codeOf(path)).toBe('200');
    for (const path of ['/api/v1/nodes', '/api/v1/namespaces/kube-system/secrets', '/metrics'])
      expect(await codeOf(path)).toBe('403');
  });

  test('another one takes its place in one step, and a command without the lock changes nothing', () => {
    const before = pem();
    expect(() => carryOut(certificateCommand(certified(), 'other'))).toThrow('no longer ours');
    expect(pem()).toBe(before);
    carryOut(certificateCommand(certified(), 'token'));
    expect(new X509Certificate(pem()).fingerprint256).not.toBe(new X509Certificate(before).fingerprint256);
    expect(found(certified())).toEqual([]);
  });

  test('a CA and a key that do not belong together sign nothing, and what was there stays', () => {
    const before = pem();
    const wrong = specWith({ healthAuth: 'certificate', clientCaKeyFile: join(server.pki, 'admin.key') });
    expect(() => carryOut(certificateCommand(wrong, 'token'))).toThrow(/key/i);
    expect(pem()).toBe(before);
    expect(readdirSync(join(folder, 'etc/pki'))).toEqual(['health-check.pem']);
  });

  test('a CA that is none of the API server’s replaces nothing either', () => {
    const before = pem();
    const [key, crt] = [join(folder, 'other.key'), join(folder, 'other.crt')];
    const made = words(
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca -keyout ${key} -out ${crt}`,
    );
    expect(spawnSync('openssl', made).status).toBe(0);
    const other = specWith({ healthAuth: 'certificate', clientCaFile: crt, clientCaKeyFile: key });
    expect(stepFor(other)).toBe('issue');
    expect(() => carryOut(certificateCommand(other, 'token'))).toThrow('the API server answers 401 to a certificate');
    expect(pem()).toBe(before);
  });

  test('one that API servers know by no CA of theirs is told apart from none', () => {
    const stranger = join(folder, 'stranger.pem');
    const made = spawnSync(
      'openssl',
      words('req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -days 300 -keyout -'),
      { encoding: 'utf8' },
    );
    writeFileSync(stranger, made.stdout, { mode: 0o640 });
    const spec = specWith({ healthAuth: 'certificate', healthCertFile: stranger });
    expect(found(spec).toSorted()).toEqual(['health-certificate-exposed', 'health-certificate-refused']);
    expect(stepFor(spec)).toBeUndefined();
    const absent = specWith({ healthAuth: 'certificate', healthCertFile: join(folder, 'absent.pem') });
    expect(found(absent)).toEqual(['health-certificate-missing']);
  });
});
