import { serverNameOf, type ClusterSpec, type VirtualIpSpec } from '../../cluster/spec.ts';
import { quote, script, succeeded } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { brief } from '../../core/printable.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import type { Credentials, ProbeConfig, ProbeSample } from './probe.ts';

export interface ProbeConfigOptions {
  readonly ratePerSecond: number;
  /** The first when absent. */
  readonly vip?: VirtualIpSpec | undefined;
  /** The CA that the operator knows the API by. Without it the node's own is taken: what it vouches for is not checked. */
  readonly caPem?: string | undefined;
  readonly credentials?: Credentials | undefined;
}

/** Told where no other CA was given. */
export function nodeVouches(node: string): string {
  return `the CA by which the API is checked comes from ${node} itself; to check it by one of your own: --kubeconfig FILE`;
}

/** The answer of an API server that does not let the prober in says nothing of the address: what else can be done. */
export function needsCredentials(samples: readonly ProbeSample[]): string | undefined {
  return samples.some(({ status }) => status === 401 || status === 403)
    ? 'The API servers do not let the probes in. Give credentials by --kubeconfig FILE, such as `k8s-ha kubeconfig` writes.'
    : undefined;
}

/** What the prober is asked to do. `/version` needs neither login nor etcd. @param host whose CA is taken where none is given */
export async function probeConfig(
  spec: ClusterSpec,
  host: Host | undefined,
  { ratePerSecond, vip = spec.endpoint.virtualIPs[0], caPem, credentials }: ProbeConfigOptions,
): Promise<Result<ProbeConfig, readonly Finding[]>> {
  const ca =
    caPem === undefined
      ? await host?.run(
          script('read the CA', `cat ${quote(spec.apiServer.caFile)}`, {
            intent: intent({ kind: 'read-ca', path: spec.apiServer.caFile }),
          }),
        )
      : undefined;
  const servername = serverNameOf(spec);
  const pem = caPem ?? (ca && succeeded(ca) ? ca.stdout : undefined);
  if (!vip || pem === undefined)
    return err([
      {
        rule: 'ca-unreadable',
        severity: 'error',
        ...(host && { node: host.name }),
        message: `the CA cannot be read, so no answer could be trusted: ${ca?.failure?.message ?? brief(ca?.stderr ?? 'no node')}`,
        suggestion: 'Set apiServer.caFile to the file that kubeadm made on the nodes.',
      },
    ]);
  return ok({
    host: vip.address,
    port: spec.endpoint.port,
    ...(servername !== undefined && { servername }),
    caPem: pem,
    path: '/version',
    ratePerSecond,
    timeoutMs: 3000,
    ...(credentials && { credentials }),
  });
}
