import { filled } from '../../core/shell-text.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { NodeFacts } from '../../cluster/timers.ts';
import { healthPort, paths } from '../../node/paths.ts';
import { vipRemovals } from './vips.ts';
import * as programs from '../shell/programs.ts';

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
  return filled(programs.containerPids, {
    HEALTH_PORT: healthPort,
    HAPROXY_PID: paths.haproxyPid,
    KEEPALIVED_PID: paths.keepalivedPid,
    VRRP_PID: paths.keepalivedVrrpPid,
  });
}
