import type { ClusterSpec } from '../../cluster/spec.ts';
import type { NodeFacts } from '../../cluster/timers.ts';
import { healthPort, paths } from '../../node/paths.ts';
import { vipRemovals } from './vips.ts';

/**
 * The first process in HAProxy's container. The container's monitor cleans up before systemd notices that a program died;
 * here the lever that moves the VIP is set at once.
 */
export function runHaproxy(): string {
  return `#!/bin/sh
# The first process in HAProxy's container. Rendered by k8s-ha.
haproxy -W -f ${paths.haproxyConfig} -S ${paths.haproxyMasterSocket}
rc=$?
echo 1 >${paths.haproxyDown}
exit $rc
`;
}

/** The first process in keepalived's container: takes off the VIPs that a keepalived leaves behind that was killed. */
export function runKeepalived(spec: ClusterSpec, facts: NodeFacts): string {
  return `#!/bin/sh
# The first process in keepalived's container. Rendered by k8s-ha.
keepalived --dont-fork --dont-respawn --vrrp --use-file=${paths.keepalivedConfig} --pid=/run/keepalived.pid --vrrp_pid=/run/keepalived-vrrp.pid
rc=$?
# Beside another keepalived the addresses are that one's.
[ ! -e ${paths.beside} ] || exit $rc
${vipRemovals(spec, facts)
  .map((line) => `${line} 2>/dev/null`)
  .join('\n')}
exit $rc
`;
}

/** Writes the ids by which the node knows a container's processes: in the container they have others. */
export function containerPids(): string {
  return `#!/bin/sh
# Run by the units after a container was started: which, its monitor's process, and the OOM score that the unit cannot give it.
# Rendered by k8s-ha.
# Below the monitor runs the script, below that the program, and below keepalived its VRRP process.
set -u
child() {
    first=
    read -r first rest 2>/dev/null <"/proc/$1/task/$1/children"
    [ -n "$first" ] && echo "$first"
}
# Shields a program, and what it has started, from the kernel's OOM killer.
shield() {
    for pid in "$@" $(cat "/proc/$1/task/$1/children"); do echo "$score" >"/proc/$pid/oom_score_adj"; done 2>/dev/null || :
}
score=$3
keep() { echo "$2" >"$1.new" && mv -f "$1.new" "$1"; }
for _ in $(seq 100); do
    case $1 in
        haproxy)
            # Ready when it answers, whatever the answer is.
            main=$(child "$(child "$2")") && curl -s -o /dev/null --noproxy '*' --max-time 1 http://127.0.0.1:${healthPort}/livez &&
                keep ${paths.haproxyPid} "$main" && shield "$main" && exit 0
            ;;
        keepalived)
            main=$(child "$(child "$2")") && vrrp=$(child "$main") &&
                keep ${paths.keepalivedPid} "$main" && keep ${paths.keepalivedVrrpPid} "$vrrp" && shield "$main" && exit 0
            ;;
    esac
    [ -d "/proc/$2" ] || break
    sleep 0.05
done
echo "$1 did not come up in its container" >&2
exit 1
`;
}
