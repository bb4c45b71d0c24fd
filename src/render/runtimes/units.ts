import type { ClusterSpec } from '../../cluster/spec.ts';
import type { NodeFacts, Timers } from '../../cluster/timers.ts';
import { keptLever, paths, revisionMarker, runDir, yieldFile } from '../../node/paths.ts';
import { serviceFiles } from '../haproxy.ts';
import { guardFirst, holdsNothing, vipRemovals } from './vips.ts';

/** Lines of a unit in which one runtime differs from another; each is whole, and comments stand before what they explain. */
type Lines = readonly string[];

/** What HAProxy's unit runs. */
export interface HaproxyService {
  /** Beside `Type=notify`. */
  readonly notify?: Lines;
  readonly before?: Lines;
  readonly start: Lines;
  /** Once it has started, before the node may have VIPs again. */
  readonly started?: Lines;
  /** Afterwards, as long as it runs. */
  readonly beside?: Lines;
  /** Judges the configuration, and then has HAProxy read it. */
  readonly reload: Lines;
  /** Shell that ends the program, where systemd cannot do that by itself. */
  readonly end?: string;
  /** Shell that cleans up after any end. */
  readonly ended?: string;
  readonly log?: Lines;
  readonly hardening: string;
}

/** What keepalived's unit runs. */
export interface KeepalivedService {
  /** Before everything else, so that every line of the unit has it. */
  readonly environment?: Lines;
  readonly before?: Lines;
  readonly start: Lines;
  /** Shell that gives keepalived real time. */
  readonly realTime: string;
  readonly reload: string;
  readonly stop?: Lines;
  /** Cleans up after any end, once the VIPs are off. */
  readonly ended?: Lines;
  readonly log?: Lines;
  readonly hardening: string;
}

/**
 * HAProxy's unit. Its levers: after the start it clears `haproxy-down`; before a planned stop and after any end, SIGKILL
 * included, it sets it, and keepalived gives the VIP up at once.
 */
export function haproxyUnit(facts: NodeFacts, service: HaproxyService): string {
  const down = `echo 1 >${paths.haproxyDown}`;
  return lines(
    ...head('HAProxy for the Kubernetes API (k8s-ha)', 'man:haproxy(1)', 'network-online.target'),
    'Type=notify',
    ...(service.notify ?? []),
    `Environment=K8S_HA_REVISION=${revisionMarker}`,
    ...(service.before ?? []),
    `ExecStartPre=/bin/sh -c 'echo 1 >${paths.serverState}'`,
    ...service.start,
    ...(service.started ?? []),
    `ExecStartPost=/bin/sh -c 'echo 0 >${paths.haproxyDown}'`,
    ...(service.beside ?? []),
    `ExecReload=${paths.saveStateScript}`,
    ...service.reload,
    '# A planned stop moves the VIP first, then stops serving.',
    `ExecStop=/bin/sh -c '${[down, 'sleep 0.3', ...(service.end === undefined ? [] : [service.end])].join('; ')}'`,
    '# Unconfined (+): to confine a command takes longer than to run it, and clients wait for the VIP to move.',
    `ExecStopPost=+/bin/sh -c '${[down, ...(service.ended === undefined ? [] : [service.ended])].join('; ')}'`,
    'KillMode=mixed',
    'TimeoutStopSec=15',
    'Restart=always',
    'RestartSec=100ms',
    'SuccessExitStatus=143',
    ...(service.log ?? []),
    'OOMScoreAdjust=-900',
    `LimitNOFILE=${serviceFiles(facts)}`,
    service.hardening,
    ...installed,
  );
}

/**
 * keepalived's unit. A keepalived that was killed leaves its VIPs behind: they are taken off after every end and before
 * every start. The parent ends with its VRRP process (`--dont-respawn`): it would start another one while the VIPs of the
 * first stay, and another node has them too.
 */
export function keepalivedUnit(
  spec: ClusterSpec,
  { script }: Timers,
  facts: NodeFacts,
  service: KeepalivedService,
): string {
  const cleanups = vipRemovals(spec, facts);
  const loaded = `/bin/sh -c 'sha256sum <${paths.keepalivedConfig} >${paths.keepalivedLoaded}'`;
  return lines(
    ...head(
      'Keepalived for the Kubernetes API address (k8s-ha)',
      'man:keepalived(8) man:keepalived.conf(5)',
      'network-online.target k8s-ha-haproxy.service',
    ),
    'Type=notify',
    `Environment=K8S_HA_REVISION=${revisionMarker}`,
    ...(service.environment ?? []),
    ...(service.before ?? []),
    `ExecStartPre=/bin/rm -f ${paths.keepalivedPid} ${paths.keepalivedVrrpPid}`,
    ...cleanups.map((line) => `ExecStartPre=-${line}`),
    guardFirst,
    '# A node that is drained for maintenance, or stands aside while the others change, does so after a reboot too.',
    `ExecStartPre=/bin/sh -c 'for lever in ${paths.drainKept} ${keptLever(yieldFile('*'))}; do [ ! -f "$$lever" ] || cp "$$lever" ${runDir}/; done'`,
    `ExecStartPre=${loaded}`,
    ...service.start,
    '# Real time, because a loaded host must not look like a dead one; scripts run without it. Not by vrrp_rt_priority: with it,',
    '# a reload of keepalived 2.2 sets the limit of real time to 0, and the kernel kills keepalived seconds later.',
    `ExecStartPost=-/bin/sh -c '${service.realTime}'`,
    "# In real time too, so that they are not late themselves; both here, because HAProxy's unit may be killed whole.",
    `ExecStartPost=-/bin/sh -c 'chrt --rr 1 ${paths.watchScript} & chrt --rr 1 ${paths.watchHaproxyScript} &'`,
    `ExecReload=${service.reload}`,
    `ExecReload=${loaded}`,
    ...(service.stop ?? []),
    '# Unconfined (+): to confine a command takes longer than to run it, and two nodes may have the VIP meanwhile.',
    ...cleanups.map((line) => `ExecStopPost=-+${line}`),
    holdsNothing(spec),
    ...(service.ended ?? []),
    '# Fed by the check script: for a keepalived that hangs where nothing looks at it any more.',
    'NotifyAccess=all',
    `WatchdogSec=${script.watchdogMs / 1000}`,
    'WatchdogSignal=SIGKILL',
    'KillMode=mixed',
    'TimeoutStopSec=5',
    ...(service.log ?? []),
    'Restart=always',
    'RestartSec=1',
    'OOMScoreAdjust=-1000',
    'LimitRTTIME=500ms',
    'LimitMEMLOCK=infinity',
    service.hardening,
    ...installed,
  );
}

function head(description: string, documentation: string, after: string): Lines {
  return [
    '# rendered by k8s-ha',
    '[Unit]',
    `Description=${description}`,
    `Documentation=${documentation}`,
    'Wants=network-online.target',
    `After=${after}`,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
  ];
}

const installed: Lines = ['[Install]', 'WantedBy=multi-user.target'];

function lines(...all: Lines): string {
  return all.map((line) => `${line}\n`).join('');
}
