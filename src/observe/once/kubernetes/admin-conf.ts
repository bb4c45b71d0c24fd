import { quote, script, succeeded } from '../../../core/command.ts';
import type { Finding } from '../../../core/finding.ts';
import { brief } from '../../../core/printable.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { Host } from '../../../host/host.ts';
import { longestAdminConf, readAdminConf, type AdminCredentials } from '../../../render/kubeconfig.ts';

/** Where kubeadm puts it, readable by root alone. */
const adminConf = '/etc/kubernetes/admin.conf';

/** The administrator's credentials, and the node whose word they are. */
export interface FoundCredentials {
  readonly node: string;
  readonly credentials: AdminCredentials;
}

/** Asks the nodes one after the other, and takes the first admin.conf that can be used; findings say why each had none. */
export async function adminCredentials(
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<Result<FoundCredentials, readonly Finding[]>> {
  const findings: Finding[] = [];
  for (const host of hosts) {
    const ran = await host.run(
      script('read admin.conf', `head -c ${longestAdminConf + 1} ${quote(adminConf)}`),
      signal && { signal },
    );
    const read = succeeded(ran) ? readAdminConf(ran.stdout) : err(ran.failure?.message ?? brief(ran.stderr));
    if (read.ok) return ok({ node: host.name, credentials: read.value });
    findings.push({
      rule: 'admin-conf-unusable',
      severity: 'error',
      node: host.name,
      message: `${adminConf} cannot be used: ${read.error}`,
      ...(ran.failure?.suggestion !== undefined && { suggestion: ran.failure.suggestion }),
    });
  }
  return err(findings);
}
