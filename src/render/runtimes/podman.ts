import { dirname } from 'node:path/posix';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { NodeFacts } from '../../cluster/timers.ts';
import { quote } from '../../core/command.ts';
import { containerFiles, etcDir, paths, runDir } from '../../node/paths.ts';
import { containerPids, runHaproxy, runKeepalived } from './container-scripts.ts';
import { containerHardening, type Allowed } from './hardening.ts';
import { imageOf, requiredImages } from './image.ts';
import type { Program, Runtime } from './runtime.ts';
import type { HaproxyService, KeepalivedService } from './units.ts';

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

function haproxy(spec: ClusterSpec, facts: NodeFacts): HaproxyService {
  const image = facts.images?.haproxy ?? imageOf(spec, 'haproxy');
  return {
    notify: ['NotifyAccess=all'],
    before: [`ExecStartPre=/bin/mkdir -p ${mounted(spec)}`],
    start: [`# Image ${imageOf(spec, 'haproxy')}`, execStart(spec, 'haproxy', image, [])],
    started: [`ExecStartPost=${containerFiles.pids} haproxy $MAINPID -900`],
    reload: [execCheck(spec, image), `ExecReload=/bin/sh -c 'kill -USR2 $(cat ${paths.haproxyPid})'`],
    end: endProgram(paths.haproxyPid),
    ended: `rm -f ${paths.haproxyPid}`,
    log: ['SyslogIdentifier=haproxy'],
    hardening: containerHardening(unitMay.haproxy),
  };
}

function keepalived(spec: ClusterSpec, facts: NodeFacts): KeepalivedService {
  return {
    before: [`ExecStartPre=/bin/mkdir -p ${runDir}`],
    start: [
      `# Image ${imageOf(spec, 'keepalived')}. State dumps go to TMPDIR.`,
      execStart(spec, 'keepalived', facts.images?.keepalived ?? imageOf(spec, 'keepalived'), [
        `--env=TMPDIR=${runDir}`,
        '--volume=/run/systemd/notify:/run/systemd/notify',
      ]),
      `ExecStartPost=${containerFiles.pids} keepalived $MAINPID -1000`,
    ],
    realTime: `chrt --rr -p 50 $(cat ${paths.keepalivedPid}); chrt --rr --reset-on-fork -p 50 $(cat ${paths.keepalivedVrrpPid})`,
    reload: `/bin/sh -c 'kill -HUP $(cat ${paths.keepalivedPid})'`,
    stop: [`ExecStop=/bin/sh -c '${endProgram(paths.keepalivedPid)}'`],
    ended: [
      `ExecStopPost=/bin/rm -f ${paths.keepalivedPid} ${paths.keepalivedVrrpPid}`,
      '# podman 5 fails once to replace a container whose monitor the watchdog has killed, and then can.',
      `ExecStopPost=-/bin/sh -c 'podman rm --force --ignore k8s-ha-keepalived >/dev/null 2>&1'`,
    ],
    log: ['SyslogIdentifier=keepalived'],
    hardening: containerHardening(unitMay.keepalived),
  };
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
  haproxy,
  keepalived,
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
