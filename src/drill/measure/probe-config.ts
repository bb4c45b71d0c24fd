import type { ClusterSpec, VirtualIpSpec } from '../../cluster/spec.ts';
import { script, succeeded } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import type { ProbeConfig } from './probe.ts';

/** What the prober is asked to do: one VIP (the first when none is said), with the CA that the node trusts. `/version` needs neither login nor etcd. */
export async function probeConfig(
  spec: ClusterSpec,
  host: Host | undefined,
  ratePerSecond: number,
  vip: VirtualIpSpec | undefined = spec.endpoint.virtualIPs[0],
): Promise<Result<ProbeConfig, readonly Finding[]>> {
  const ca = await host?.run(
    script('read the CA', `cat ${spec.apiServer.caFile}`, {
      intent: intent({ kind: 'read-ca', path: spec.apiServer.caFile }),
    }),
  );
  if (!vip || !ca || !succeeded(ca))
    return err([
      {
        rule: 'ca-unreadable',
        severity: 'error',
        ...(host && { node: host.name }),
        message: `the CA cannot be read, so no answer could be trusted: ${ca?.failure?.message ?? ca?.stderr.trim() ?? 'no node'}`,
        suggestion: 'Set apiServer.caFile to the file that kubeadm made on the nodes.',
      },
    ]);
  return ok({
    host: vip.address,
    port: spec.endpoint.port,
    servername: 'kubernetes',
    caPem: ca.stdout,
    path: '/version',
    ratePerSecond,
    timeoutMs: 3000,
  });
}
