import { tellsClients, type ClusterSpec } from '../../cluster/spec.ts';
import type { NodeFacts, Timers } from '../../cluster/timers.ts';
import { serviceFiles } from '../haproxy.ts';
import { keptLever, paths, revisionMarker, runDir, yieldFile } from '../../node/paths.ts';
import { hardening, type Allowed } from './hardening.ts';
import type { Runtime } from './runtime.ts';
import { keepsClients } from '../tell.ts';
import { guardFirst, holdsNothing, vipRemovals } from './vips.ts';

/**
 * HAProxy reads files of any owner (a CA, certificates of the operator's own sections), binds low ports, and its master, which
 * stays root, signals workers that have given it up. `chroot` is for the operator's own lines.
 */
const haproxyMay: Allowed = {
  capabilities: ['NET_BIND_SERVICE', 'SETUID', 'SETGID', 'SYS_CHROOT', 'KILL', 'DAC_READ_SEARCH'],
  sockets: ['UNIX', 'INET', 'INET6'],
  systemCalls: ['chroot'],
  makesCode: true,
};

/** keepalived sets addresses, speaks VRRP and ARP, and starts its scripts as another user and stays in memory; the unit gives it real time. */
const keepalivedMay: Allowed = {
  capabilities: ['NET_ADMIN', 'NET_RAW', 'SETUID', 'SETGID', 'KILL', 'SYS_NICE', 'IPC_LOCK'],
  sockets: ['UNIX', 'INET', 'INET6', 'NETLINK', 'PACKET'],
  realTime: true,
  seesProcesses: true,
  makesCode: true,
};

/**
 * HAProxy's unit. Its levers: after the start it clears `haproxy-down`; before a planned stop and after any end, SIGKILL
 * included, it sets it, and keepalived gives the VIP up at once.
 */
function haproxyUnit(spec: ClusterSpec, facts: NodeFacts): string {
  return `# rendered by k8s-ha
[Unit]
Description=HAProxy for the Kubernetes API (k8s-ha)
Documentation=man:haproxy(1)
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
Environment=K8S_HA_REVISION=${revisionMarker}
ExecStartPre=/bin/sh -c 'echo 1 >${paths.serverState}'
ExecStart=/usr/sbin/haproxy -Ws -f ${paths.haproxyConfig} -p ${paths.haproxyPid} -S ${paths.haproxyMasterSocket}
ExecStartPost=/bin/sh -c 'echo 0 >${paths.haproxyDown}'
${tellsClients(spec) ? keepsClients : ''}ExecReload=${paths.saveStateScript}
ExecReload=/usr/sbin/haproxy -c -q -f ${paths.haproxyConfig}
ExecReload=/bin/kill -USR2 $MAINPID
# A planned stop moves the VIP first, then stops serving.
ExecStop=/bin/sh -c 'echo 1 >${paths.haproxyDown}; sleep 0.3'
ExecStopPost=/bin/sh -c 'echo 1 >${paths.haproxyDown}'
KillMode=mixed
TimeoutStopSec=15
Restart=always
RestartSec=100ms
SuccessExitStatus=143
OOMScoreAdjust=-900
LimitNOFILE=${serviceFiles(facts)}
${hardening(haproxyMay)}
[Install]
WantedBy=multi-user.target
`;
}

/**
 * keepalived's unit. A keepalived that was killed leaves its VIPs behind: they are taken off after every end and before
 * every start. The parent ends with its VRRP process (`--dont-respawn`): it would start another one while the VIPs of the
 * first stay, and another node has them too.
 */
function keepalivedUnit(spec: ClusterSpec, { script }: Timers, facts: NodeFacts): string {
  const cleanups = vipRemovals(spec, facts);
  return `# rendered by k8s-ha
[Unit]
Description=Keepalived for the Kubernetes API address (k8s-ha)
Documentation=man:keepalived(8) man:keepalived.conf(5)
Wants=network-online.target
After=network-online.target k8s-ha-haproxy.service
StartLimitIntervalSec=0

[Service]
Type=notify
Environment=K8S_HA_REVISION=${revisionMarker}
# State dumps go here, not to well-known names in /tmp.
Environment=TMPDIR=${runDir}
ExecStartPre=/bin/rm -f ${paths.keepalivedPid} ${paths.keepalivedVrrpPid}
${cleanups.map((line) => `ExecStartPre=-${line}`).join('\n')}
${guardFirst}
# A node that is drained for maintenance, or stands aside while the others change, does so after a reboot too.
ExecStartPre=/bin/sh -c 'for lever in ${paths.drainKept} ${keptLever(yieldFile('*'))}; do [ ! -f "$$lever" ] || cp "$$lever" ${runDir}/; done'
ExecStartPre=/bin/sh -c 'sha256sum <${paths.keepalivedConfig} >${paths.keepalivedLoaded}'
ExecStart=/usr/sbin/keepalived --dont-fork --dont-respawn --vrrp --use-file=${paths.keepalivedConfig} --pid=${paths.keepalivedPid} --vrrp_pid=${paths.keepalivedVrrpPid}
# Real time, because a loaded host must not look like a dead one; scripts run without it. Not by vrrp_rt_priority: with it,
# a reload of keepalived 2.2 sets the limit of real time to 0, and the kernel kills keepalived seconds later.
ExecStartPost=-/bin/sh -c 'chrt --rr -p 50 $MAINPID; for i in 1 2 3 4 5 6 7 8 9; do chrt --rr --reset-on-fork -p 50 $(cat ${paths.keepalivedVrrpPid}) && exit; sleep 0.1; done'
ExecReload=/bin/kill -HUP $MAINPID
ExecReload=/bin/sh -c 'sha256sum <${paths.keepalivedConfig} >${paths.keepalivedLoaded}'
${cleanups.map((line) => `ExecStopPost=-${line}`).join('\n')}
${holdsNothing(spec)}
# Fed by the check script. A keepalived that hangs would keep the VIPs beside the node that takes them over.
NotifyAccess=all
WatchdogSec=${script.watchdogMs / 1000}
WatchdogSignal=SIGKILL
KillMode=mixed
TimeoutStopSec=5
Restart=always
RestartSec=1
OOMScoreAdjust=-1000
LimitRTTIME=500ms
LimitMEMLOCK=infinity
${hardening(keepalivedMay)}
[Install]
WantedBy=multi-user.target
`;
}

/** The distribution's packages, run by systemd itself. */
export const systemd: Runtime = {
  programs: [
    { program: 'keepalived', inPackage: 'keepalived' },
    { program: 'haproxy', inPackage: 'haproxy' },
    { program: 'curl', inPackage: 'curl' },
    { program: 'socat', inPackage: 'socat' },
  ],
  images: () => [],
  scripts: () => [],
  haproxyUnit,
  keepalivedUnit,
  feedWatchdog: 'NOTIFY_SOCKET=/run/systemd/notify systemd-notify WATCHDOG=1 2>/dev/null &',
  // keepalived in a process namespace of its own: -t of 2.2.7 ends its own process group where the script user is not root.
  shell: () => `run_haproxy() { haproxy "$@"; }
run_keepalived() { unshare -pf keepalived "$@"; }`,
  observeVersions: () => `emit haproxy version_of haproxy -v
emit keepalived version_of keepalived --version`,
};
