import { existsSync } from 'node:fs';
import type { Etcd } from './etcd.ts';

/** An answer to a health request. */
export interface Health {
  readonly status: 200 | 500;
  readonly body: string;
}

interface Check {
  readonly name: string;
  /** Undefined when it is well, else the reason why not. */
  readonly problem: string | undefined;
}

const etcdTimeoutMs = 2000;

/** Renders checks as kube-apiserver does: `ok`, or with `?verbose` and on failure each check on a line. */
export function renderHealth(endpoint: string, checks: readonly Check[], verbose: boolean): Health {
  const failed = checks.some(({ problem }) => problem !== undefined);
  if (!failed && !verbose) return { status: 200, body: 'ok' };
  const lines = checks.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  return {
    status: failed ? 500 : 200,
    body: [...lines, `${endpoint} check ${failed ? 'failed' : 'passed'}`, ''].join('\n'),
  };
}

/**
 * /livez: the process answers. /healthz: its etcd also answers a linearizable read within 2 s. /readyz: and it is neither
 * shutting down nor told by the not-ready file to say no. Checks of it can be excluded, as kube-apiserver's can.
 */
export function createHealth(etcd: Etcd, notReadyFile: string, isShuttingDown: () => boolean) {
  // Every HAProxy asks often; requests that come while a read is under way share its answer.
  let asking: Promise<string | undefined> | undefined;
  const askEtcd = (): Promise<string | undefined> => {
    asking ??= etcd
      .range('/registry/health', { timeoutMs: etcdTimeoutMs })
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
      .finally(() => (asking = undefined));
    return asking;
  };
  return async (path: string, verbose: boolean, exclude: readonly string[] = []): Promise<Health> => {
    const ping: Check = { name: 'ping', problem: undefined };
    if (path === '/livez') return renderHealth('livez', [ping], verbose);
    const etcdCheck: Check = { name: 'etcd', problem: await askEtcd() };
    if (path === '/healthz') return renderHealth('healthz', [ping, etcdCheck], verbose);
    const checks: readonly Check[] = [
      ping,
      etcdCheck,
      { name: 'shutdown', problem: isShuttingDown() ? 'process is shutting down' : undefined },
      { name: 'not-ready-file', problem: existsSync(notReadyFile) ? `${notReadyFile} exists` : undefined },
    ];
    const asked = checks.filter(({ name }) => !exclude.includes(name));
    return renderHealth('readyz', asked, verbose);
  };
}
