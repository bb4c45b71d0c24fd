/** What the unit file says. */
export interface Config {
  readonly node: string;
  readonly port: number;
  readonly pkiDir: string;
  readonly etcd: URL;
  /** After SIGTERM: not ready, but still serving for so long, as kube-apiserver's --shutdown-delay-duration. */
  readonly shutdownDelayMs: number;
  /** While this file exists, /readyz says no. */
  readonly notReadyFile: string;
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  return {
    node: env['NODE_NAME'] ?? 'unknown',
    port: Number(env['PORT'] ?? 6443),
    pkiDir: env['PKI_DIR'] ?? '/etc/kubernetes/pki',
    etcd: new URL(env['ETCD'] ?? 'http://127.0.0.1:2379'),
    shutdownDelayMs: Number(env['SHUTDOWN_DELAY_MS'] ?? 2000),
    notReadyFile: env['NOT_READY_FILE'] ?? '/run/lab-api-server/not-ready',
  };
}
