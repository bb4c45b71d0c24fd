import type { ClusterSpec, Finding, Host } from '../../index.ts';
import { mergeInto, usedByKubectl } from './merge-kubeconfig.ts';
import { tell } from './output.ts';
import { giveSecret } from './secret.ts';

export interface KubeconfigTarget {
  readonly context?: string | undefined;
  readonly out?: string | undefined;
  /** True: the kubeconfig that kubectl uses. */
  readonly merge?: string | true | undefined;
}

/** Takes the administrator's kubeconfig from the first of these nodes that has one. @returns why none had, or nothing */
export async function takeKubeconfig(
  spec: ClusterSpec,
  hosts: readonly Host[],
  { context = spec.name, out, merge }: KubeconfigTarget,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { adminCredentials, kubeconfigText, mergedKubeconfig } = await import('../../index.ts');
  const found = await adminCredentials(hosts, signal);
  if (!found.ok) return found.error;
  const { node, credentials } = found.value;
  tell(`  · from /etc/kubernetes/admin.conf of ${node}`);
  const alone = kubeconfigText(spec, credentials, context);
  if (merge === undefined) await giveSecret('a kubeconfig', alone, out);
  else {
    const into = merge === true ? usedByKubectl(process.env['KUBECONFIG']) : merge;
    await mergeInto(into, alone, (present) => mergedKubeconfig(present, spec, credentials, context));
    tell(`${into}: kubectl --context ${context}`);
  }
  return [];
}
