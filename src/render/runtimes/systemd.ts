import { tellsClients, type ClusterSpec } from '../../cluster/spec.ts';
import { paths, runDir } from '../../node/paths.ts';
import { hardening, type Allowed } from './hardening.ts';
import type { Runtime } from './runtime.ts';
import { keepsClients } from '../tell.ts';
import type { HaproxyService, KeepalivedService } from './units.ts';

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

function haproxy(spec: ClusterSpec): HaproxyService {
  return {
    start: [
      `ExecStart=/usr/sbin/haproxy -Ws -f ${paths.haproxyConfig} -p ${paths.haproxyPid} -S ${paths.haproxyMasterSocket}`,
    ],
    beside: tellsClients(spec) ? [keepsClients] : [],
    reload: [`ExecReload=/usr/sbin/haproxy -c -q -f ${paths.haproxyConfig}`, 'ExecReload=/bin/kill -USR2 $MAINPID'],
    hardening: hardening(haproxyMay),
  };
}

const keepalived: KeepalivedService = {
  environment: ['# State dumps go here, not to well-known names in /tmp.', `Environment=TMPDIR=${runDir}`],
  start: [
    `ExecStart=/usr/sbin/keepalived --dont-fork --dont-respawn --vrrp --use-file=${paths.keepalivedConfig} --pid=${paths.keepalivedPid} --vrrp_pid=${paths.keepalivedVrrpPid}`,
  ],
  realTime: `chrt --rr -p 50 $MAINPID; for i in 1 2 3 4 5 6 7 8 9; do chrt --rr --reset-on-fork -p 50 $(cat ${paths.keepalivedVrrpPid}) && exit; sleep 0.1; done`,
  reload: '/bin/kill -HUP $MAINPID',
  hardening: hardening(keepalivedMay),
};

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
  haproxy,
  keepalived: () => keepalived,
  feedWatchdog: 'NOTIFY_SOCKET=/run/systemd/notify systemd-notify WATCHDOG=1 2>/dev/null &',
  // keepalived in a process namespace of its own: -t of 2.2.7 ends its own process group where the script user is not root.
  shell: () => `run_haproxy() { haproxy "$@"; }
run_keepalived() { unshare -pf keepalived "$@"; }`,
  observeVersions: () => `emit haproxy version_of haproxy -v
emit keepalived version_of keepalived --version`,
};
