import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import type { NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { selinuxTypes } from '../node/confinement.ts';
import { etcDir, runDir } from '../node/paths.ts';

/**
 * SELinux or AppArmor that will keep our programs from their files, ports or scripts. Warnings: nobody has seen this on an enforcing
 * host, policies differ, and the gates of a rollout restore a node where HAProxy does not start.
 */
export function confined(spec: ClusterSpec, _node: NodeSpec, { confinement }: NodeSeen): readonly Finding[] {
  // Containers run without labels, and no profile is of their paths.
  if (confinement === undefined || spec.runtime !== 'systemd') return [];
  return [...selinux(confinement.selinux), ...confinement.profiles.map(profile)];
}

function selinux(seen: NonNullable<NodeSeen['confinement']>['selinux']): readonly Finding[] {
  if (seen?.enforcing !== true || !seen.confinesHaproxy) return [];
  if (!seen.moduleLoaded)
    return [
      {
        rule: 'selinux-unprepared',
        severity: 'warning',
        message: 'SELinux is enforcing, and its policy does not know k8s-ha',
        reason:
          'HAProxy may bind and connect to the ports of its own policy alone, and keepalived may not run the scripts that move a VIP.',
        suggestion: `Load the policy module of k8s-ha (deploy/selinux, docs/guides/selinux.md): semodule -i k8s_ha.pp && restorecon -R ${etcDir} ${runDir}`,
      },
    ];
  return seen.folderType === undefined || seen.folderType === selinuxTypes.etc
    ? []
    : [
        {
          rule: 'selinux-unlabelled',
          severity: 'warning',
          message: `${etcDir} has the type ${seen.folderType} instead of ${selinuxTypes.etc}`,
          reason: 'It was made before the policy module was loaded: keepalived may not run the scripts in it.',
          suggestion: `On the node: restorecon -RF ${etcDir} ${runDir}`,
        },
      ];
}

function profile(name: string): Finding {
  const program = name.split('/').at(-1) ?? name;
  return {
    rule: 'apparmor-unprepared',
    severity: 'warning',
    message: `AppArmor enforces the profile ${name}, which does not name the files of k8s-ha`,
    reason: `${program} may read and write what its profile names, and nothing else.`,
    suggestion: `Add deploy/apparmor/${program} to the file in /etc/apparmor.d/local that the profile includes, then load it: apparmor_parser -r`,
  };
}
