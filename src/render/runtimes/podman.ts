import { dirname } from 'node:path/posix';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { NodeFacts, Timers } from '../../cluster/timers.ts';
import { quote } from '../../core/command.ts';
import { serviceFiles } from '../haproxy.ts';
import { containerFiles, etcDir, keptLever, paths, revisionMarker, runDir, yieldFile } from '../../node/paths.ts';
import { containerPids, runHaproxy, runKeepalived } from './container-scripts.ts';
import { containerHardening, type Allowed } from './hardening.ts';
import { imageOf, requiredImages } from './image.ts';
import type { Program, Runtime } from './runtime.ts';
import { guardFirst, holdsNothing, vipRemovals } from './vips.ts';

const podmanRun = '/usr/bin/podman --runtime=crun run';

/** What each program may do. HAProxy gives up root and signals a worker that has; keepalived too, for its check script. */
const capabilities: Readonly<Record<Program, readonly string[]>> = {
  haproxy: ['NET_BIND_SERVICE', 'SETUID', 'SETGID', 'KILL'],
  keepalived: ['NET_ADMIN', 'NET_RAW', 'NET_BROADCAST', 'IPC_LOCK', 'SETUID', 'SETGID', 'KILL'],
};

/** What podman may do that runs it, beside what every container takes. The unit gives keepalived real time, and loads the guard. */
const unitMay: Readonly<Record<Program, Allowed>> = {
  haproxy: {
    capabilities: capabilities.haproxy,
    sockets: ['UNIX', 'INET', 'INET6', 'NETLINK'],
    // Its worker runs as another user, and is shielded from the kernel's OOM killer by its id.
    seesProcesses: true,
    makesCode: true,
  },
  keepalived: {
    capabilities: [...capabilities.keepalived, 'SYS_NICE'],
    sockets: ['UNIX', 'INET', 'INET6', 'NETLINK', 'PACKET'],
    realTime: true,
    makesCode: true,
  },
};

/**
 * Of `podman run`, for whatever reason it runs: the host's network, because the VIPs are the host's; no control group of its
 * own, so that the processes are the unit's and systemd ends them, counts them and hears them; nothing can be written but
 * what is mounted so.
 */
function common(spec: ClusterSpec, program: Program): readonly string[] {
  return [
    '--pull=never',
    // Whatever the image would start, and as whom: by number, as the container's files are mounted for its unit alone, and
    // `podman exec` from elsewhere finds no name.
    '--user=0',
    '--network=host',
    '--cgroups=disabled',
    '--read-only',
    '--security-opt=label=disable',
    '--security-opt=no-new-privileges',
    '--cap-drop=all',
    `--volume=${etcDir}:${etcDir}:ro`,
    `--volume=${runDir}:${runDir}`,
    ...(program === 'haproxy' ? pkiDirs(spec).map((dir) => `--volume=${dir}:${dir}:ro`) : []),
    `--cap-add=${capabilities[program].join()}`,
  ];
}

/**
 * The folders are mounted, not the files: a CA that is replaced by another file must be seen. Of the client certificate's that
 * of the operator: our own is below a folder that is mounted anyway.
 */
function pkiDirs({ apiServer: { caFile, healthAuth, healthCertFile } }: ClusterSpec): readonly string[] {
  const files = healthAuth === 'certificate' && healthCertFile !== undefined ? [caFile, healthCertFile] : [caFile];
  return [...new Set(files.map((file) => dirname(file)))];
}

/** Folders that are mounted, and may not be there yet. */
function mounted(spec: ClusterSpec): string {
  return [etcDir, runDir, ...pkiDirs(spec)].join(' ');
}

/**
 * In a unit: its own devices, which are few, because to make others takes a privilege that it has not got; and no names for the
 * container that would take more kinds of namespaces.
 */
const confined: readonly string[] = ['--volume=/dev:/dev', '--uts=host --cgroupns=host'];

/** The line of a unit that lets HAProxy judge the configuration: in a container of its own, as the unit may not enter one. */
function execCheck(spec: ClusterSpec, image: string): string {
  return [
    `ExecReload=${podmanRun} --rm --sdnotify=ignore --log-driver=none`,
    ...common(spec, 'haproxy'),
    ...confined,
    `--entrypoint=haproxy ${image} -c -q -f ${paths.haproxyConfig}`,
  ].join(' \\\n    ');
}

/** The line of a unit that starts the container. systemd's main process is then podman's monitor (conmon). */
function execStart(spec: ClusterSpec, program: Program, image: string, more: readonly string[]): string {
  return [
    `ExecStart=${podmanRun} --detach --rm --replace --name=k8s-ha-${program}`,
    '--sdnotify=conmon --log-driver=passthrough --ulimit=host --env=K8S_HA_REVISION',
    ...common(spec, program),
    ...confined,
    '--volume=/run/systemd/journal/dev-log:/run/systemd/journal/dev-log',
    ...more,
    `--entrypoint=${containerFiles.run(program)} ${image}`,
  ].join(' \\\n    ');
}

/** Ends the program itself: podman's monitor takes no notice of a signal. systemd waits until it has ended too. */
function endProgram(pidFile: string): string {
  return `kill -TERM $(cat ${pidFile}); while [ -d /proc/$MAINPID ]; do sleep 0.05; done`;
}

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
NotifyAccess=all
Environment=K8S_HA_REVISION=${revisionMarker}
ExecStartPre=/bin/mkdir -p ${mounted(spec)}
ExecStartPre=/bin/sh -c 'echo 1 >${paths.serverState}'
# Image ${imageOf(spec, 'haproxy')}
${execStart(spec, 'haproxy', facts.images?.haproxy ?? imageOf(spec, 'haproxy'), [])}
ExecStartPost=${containerFiles.pids} haproxy $MAINPID -900
ExecStartPost=/bin/sh -c 'echo 0 >${paths.haproxyDown}'
ExecReload=${paths.saveStateScript}
${execCheck(spec, facts.images?.haproxy ?? imageOf(spec, 'haproxy'))}
ExecReload=/bin/sh -c 'kill -USR2 $(cat ${paths.haproxyPid})'
# A planned stop moves the VIP first, then stops serving.
ExecStop=/bin/sh -c 'echo 1 >${paths.haproxyDown}; sleep 0.3; ${endProgram(paths.haproxyPid)}'
ExecStopPost=/bin/sh -c 'echo 1 >${paths.haproxyDown}; rm -f ${paths.haproxyPid}'
KillMode=mixed
TimeoutStopSec=15
Restart=always
RestartSec=100ms
SuccessExitStatus=143
SyslogIdentifier=haproxy
OOMScoreAdjust=-900
LimitNOFILE=${serviceFiles(facts)}
${containerHardening(unitMay.haproxy)}
[Install]
WantedBy=multi-user.target
`;
}

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
ExecStartPre=/bin/mkdir -p ${runDir}
ExecStartPre=/bin/rm -f ${paths.keepalivedPid} ${paths.keepalivedVrrpPid}
${cleanups.map((line) => `ExecStartPre=-${line}`).join('\n')}
${guardFirst}
# A node that is drained for maintenance, or stands aside while the others change, does so after a reboot too.
ExecStartPre=/bin/sh -c 'for lever in ${paths.drainKept} ${keptLever(yieldFile('*'))}; do [ ! -f "$$lever" ] || cp "$$lever" ${runDir}/; done'
ExecStartPre=/bin/sh -c 'sha256sum <${paths.keepalivedConfig} >${paths.keepalivedLoaded}'
# Image ${imageOf(spec, 'keepalived')}. State dumps go to TMPDIR.
${execStart(spec, 'keepalived', facts.images?.keepalived ?? imageOf(spec, 'keepalived'), [
  `--env=TMPDIR=${runDir}`,
  '--volume=/run/systemd/notify:/run/systemd/notify',
])}
ExecStartPost=${containerFiles.pids} keepalived $MAINPID -1000
# Real time, because a loaded host must not look like a dead one; scripts run without it. Not by vrrp_rt_priority: with it,
# a reload of keepalived 2.2 sets the limit of real time to 0, and the kernel kills keepalived seconds later.
ExecStartPost=-/bin/sh -c 'chrt --rr -p 50 $(cat ${paths.keepalivedPid}); chrt --rr --reset-on-fork -p 50 $(cat ${paths.keepalivedVrrpPid})'
ExecReload=/bin/sh -c 'kill -HUP $(cat ${paths.keepalivedPid})'
ExecReload=/bin/sh -c 'sha256sum <${paths.keepalivedConfig} >${paths.keepalivedLoaded}'
ExecStop=/bin/sh -c '${endProgram(paths.keepalivedPid)}'
${cleanups.map((line) => `ExecStopPost=-${line}`).join('\n')}
${holdsNothing(spec)}
ExecStopPost=/bin/rm -f ${paths.keepalivedPid} ${paths.keepalivedVrrpPid}
# podman 5 fails once to replace a container whose monitor the watchdog has killed, and then can.
ExecStopPost=-/bin/sh -c 'podman rm --force --ignore k8s-ha-keepalived >/dev/null 2>&1'
# Fed by the check script. A keepalived that hangs would keep the VIPs beside the node that takes them over.
NotifyAccess=all
WatchdogSec=${script.watchdogMs / 1000}
WatchdogSignal=SIGKILL
KillMode=mixed
TimeoutStopSec=5
SyslogIdentifier=keepalived
Restart=always
RestartSec=1
OOMScoreAdjust=-1000
LimitRTTIME=500ms
LimitMEMLOCK=infinity
${containerHardening(unitMay.keepalived)}
[Install]
WantedBy=multi-user.target
`;
}

function runOnce(spec: ClusterSpec, program: Program): string {
  return `mkdir -p ${mounted(spec)}; ${podmanRun} --rm --log-driver=none ${common(spec, program).map(quote).join(' ')} --entrypoint=${program} ${quote(imageOf(spec, program))}`;
}

/** Containers of podman in units of systemd, as podman's own manual has it (podman-systemd.unit(5)). */
export const podman: Runtime = {
  programs: [
    { program: 'podman', inPackage: 'podman' },
    { program: 'crun', inPackage: 'crun' },
    { program: 'curl', inPackage: 'curl' },
    { program: 'socat', inPackage: 'socat' },
  ],
  images: requiredImages,
  scripts: (spec, facts) => [
    { path: containerFiles.run('haproxy'), content: runHaproxy(), runs: 'haproxy' },
    { path: containerFiles.run('keepalived'), content: runKeepalived(spec, facts), runs: 'keepalived' },
    { path: containerFiles.pids, content: containerPids() },
  ],
  haproxyUnit,
  keepalivedUnit,
  // systemd looks up whose message it is by the sender's process, which therefore stays a moment.
  feedWatchdog: '{ printf WATCHDOG=1; sleep 0.2; } | socat -u - UNIX-SENDTO:/run/systemd/notify 2>/dev/null &',
  shell: (spec) => `run_haproxy() { ${runOnce(spec, 'haproxy')} "$@" 9>&-; }
run_keepalived() { ${runOnce(spec, 'keepalived')} "$@" 9>&-; }`,
  observeVersions: (spec) => `emit podman version_of podman --version
emit crun version_of crun --version
${(['haproxy', 'keepalived'] as const)
  .map(
    (program) => `emit image:${program} image_id ${quote(imageOf(spec, program))}
emit ${program} image_version ${quote(imageOf(spec, program))} ${program}`,
  )
  .join('\n')}`,
};
