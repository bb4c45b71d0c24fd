import { packageManagers, type PackageManagerName } from '../../cluster/distribution.ts';
import { apk } from './apk.ts';
import { apt } from './apt.ts';
import { dnf } from './dnf.ts';
import type { PackageManager } from './manager.ts';
import { zypper } from './zypper.ts';

/** Every package manager that k8s-ha installs and upgrades with, by name. */
export const managers: Readonly<Record<PackageManagerName, PackageManager>> = { apt, dnf, zypper, apk };

/** Shell: tells, with `told` of a `sectionsCommand`, which of them the node has. */
export const managersPresent = `k8s_managers=
${packageManagers
  .map((name) => `command -v ${managers[name].program} >/dev/null && k8s_managers="$k8s_managers ${name}"`)
  .join('\n')}
told package-manager 0 "$k8s_managers"`;

/** The one whose words these are, and what it complains of; undefined for words of none. */
export function complaint(
  said: string,
): { readonly name: PackageManagerName; readonly about: 'locked' | 'missing' } | undefined {
  for (const about of ['locked', 'missing'] as const) {
    const name = packageManagers.find((one) => managers[one].says[about].test(said));
    if (name !== undefined) return { name, about };
  }
  return undefined;
}
