import type { ConfinementSeen } from '../../cluster/confinement.ts';
import { forms } from '../../node/said.ts';
import { etcDir } from '../../node/paths.ts';
import { selinuxTypes } from '../../node/confinement.ts';

/**
 * Shell for what SELinux and AppArmor are about to do to our programs. It asks the kernel, and needs none of their tools: the kernel
 * takes a context that its policy knows, and refuses any other.
 */
export const confinementSection = `confinement() {
    k8s_enforce=
    # No newline at its end, for which read(1) fails.
    { read -r k8s_enforce </sys/fs/selinux/enforce; } 2>/dev/null || :
    [ -z "$k8s_enforce" ] || echo "selinux $k8s_enforce"
    [ -z "$k8s_enforce" ] || for k8s_type in ${selinuxTypes.haproxy} ${selinuxTypes.etc}; do
        { printf %s "system_u:object_r:$k8s_type:s0" >/sys/fs/selinux/context; } 2>/dev/null && echo "type $k8s_type"
    done
    [ -n "$k8s_enforce" ] && [ -d ${etcDir} ] && echo "folder $(stat -c %C ${etcDir} 2>/dev/null)"
    grep -sE '^(/[^ ]*/)?(haproxy|keepalived) \\(enforce\\)$' /sys/kernel/security/apparmor/profiles |
        while read -r k8s_profile _; do
            k8s_program=\${k8s_profile##*/}
            grep -qs ${etcDir}/ "/etc/apparmor.d/local/$k8s_program" "/etc/apparmor.d/local/usr.sbin.$k8s_program" ||
                echo "profile $k8s_profile"
        done
    return 0
}
emit confinement confinement
`;

/** What the section says; absent where it was not asked. */
export function parseConfinement(said: string | undefined): ConfinementSeen | undefined {
  if (said === undefined) return undefined;
  const words = said.split('\n', mostLines).map((line) => line.trim().split(' '));
  const all = (key: string): readonly string[] =>
    words.flatMap(([name, value]) => (name === key && value !== undefined ? [value] : []));
  const [enforce] = all('selinux');
  const types = all('type');
  const folderType = all('folder')
    .map((context) => context.split(':')[2] ?? '')
    .find((type) => forms.program.test(type));
  return {
    ...((enforce === '0' || enforce === '1') && {
      selinux: {
        enforcing: enforce === '1',
        confinesHaproxy: types.includes(selinuxTypes.haproxy),
        moduleLoaded: types.includes(selinuxTypes.etc),
        ...(folderType !== undefined && { folderType }),
      },
    }),
    profiles: all('profile').filter((name) => /^(\/[\w./-]{1,100}\/)?(haproxy|keepalived)$/.test(name)),
  };
}

/** More than one kernel has of what is asked for. */
const mostLines = 50;
