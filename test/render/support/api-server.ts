import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labHome } from '../../../src/lab/paths.ts';
import { words } from '../../../src/lab/words.ts';

/** A real API server with its etcd on loopback, without nodes and controllers. */
export interface ApiServer {
  readonly port: number;
  /** Folder with `ca.crt`, `ca.key`, and `admin.crt`, `admin.key`: certificates as an administrator has them. */
  readonly pki: string;
  /** A kubeconfig of an administrator. */
  readonly kubeconfig: string;
  readonly programs: string;
  /** Runs kubectl as the administrator; what it printed, on both channels. */
  kubectl(...args: readonly string[]): string;
  /** The same with a manifest on standard input. */
  apply(manifest: string): void;
  stop(): void;
}

/** Programs that `k8s-ha lab programs --from go` has built; undefined where there are none. */
export function builtPrograms(): string | undefined {
  const home = join(labHome(), 'kubernetes');
  const found = existsSync(home) ? readdirSync(home).map((name) => join(home, name)) : [];
  return found.find((dir) => ['etcd', 'kube-apiserver', 'kubectl'].every((name) => existsSync(join(dir, name))));
}

/** The next port to try. Each worker has its own thousands, so that two of them cannot be given the same. */
let nextPort = 20_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 10) * 1000;

/** A port of loopback that nobody listens on, below those from which the system takes ports for connections. */
export async function freePort(): Promise<number> {
  const port = nextPort++;
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!free) return freePort();
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

export interface ApiServerOptions {
  /** For whom its certificate is, as openssl's subjectAltName takes it. */
  readonly names?: string;
  /** Further arguments, apart by spaces. */
  readonly flags?: string;
}

export async function startApiServer(
  programs: string,
  { names = 'DNS:kubernetes,IP:127.0.0.1', flags = '' }: ApiServerOptions = {},
): Promise<ApiServer> {
  const dir = mkdtempSync(join(tmpdir(), 'k8s-ha-api-server-'));
  const file = (name: string): string => join(dir, name);
  const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2');
  const signed = (name: string, subject: string, extensions: string): void => {
    writeFileSync(file(`${name}.ext`), `${extensions}\n`);
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...by,
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
    );
  };
  signed('server', '/CN=kube-apiserver', `subjectAltName=${names}`);
  signed('admin', '/O=system:masters/CN=admin', 'extendedKeyUsage=clientAuth');
  openssl('genrsa', '-out', 'sa.key', '2048');
  const [port, client, peer] = [await freePort(), await freePort(), await freePort()];
  const base64 = (name: string): string => readFileSync(file(name)).toString('base64');
  const kubeconfig = file('admin.conf');
  writeFileSync(
    kubeconfig,
    `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:${port}", certificate-authority-data: ${base64('ca.crt')} } }]
users: [{ name: u, user: { client-certificate-data: ${base64('admin.crt')}, client-key-data: ${base64('admin.key')} } }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x
`,
    { mode: 0o600 },
  );
  const begin = (name: string, args: string): ChildProcess =>
    spawn(join(programs, name), words(args), { cwd: dir, stdio: 'ignore' });
  const etcdUrl = `http://127.0.0.1:${client}`;
  const processes = [
    begin(
      'etcd',
      `--data-dir etcd --unsafe-no-fsync --log-level fatal --listen-client-urls ${etcdUrl} --advertise-client-urls ${etcdUrl} --listen-peer-urls http://127.0.0.1:${peer}`,
    ),
    begin(
      'kube-apiserver',
      `--etcd-servers ${etcdUrl} --secure-port ${port} --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --service-cluster-ip-range 10.96.0.0/16 --tls-cert-file server.crt --tls-private-key-file server.key --client-ca-file ca.crt --authorization-mode RBAC --service-account-issuer https://kubernetes --service-account-key-file sa.key --service-account-signing-key-file sa.key${flags === '' ? '' : ` ${flags}`}`,
    ),
  ];
  const run = (args: readonly string[], input?: string): string => {
    try {
      return execFileSync(join(programs, 'kubectl'), ['--kubeconfig', kubeconfig, ...args], {
        encoding: 'utf8',
        env: { ...process.env, HOME: dir },
        stdio: 'pipe',
        ...(input !== undefined && { input }),
      });
    } catch (error) {
      return String(error instanceof Error && 'stderr' in error ? error.stderr : error);
    }
  };
  for (let tries = 0; run(['get', '--raw=/readyz']) !== 'ok'; tries++) {
    if (tries > 120) throw new Error('the API server is not ready');
    await sleep(500);
  }
  return {
    port,
    pki: dir,
    kubeconfig,
    programs,
    kubectl: (...args) => run(args),
    apply: (manifest) => void run(['apply', '-f', '-'], manifest),
    stop: () => {
      for (const child of processes) child.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
