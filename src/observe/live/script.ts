import type { ClusterSpec } from '../../cluster/spec.ts';
import { keepalivedDump } from '../keepalived-dump.ts';
import type { Command } from '../../core/command.ts';
import { filled } from '../../core/shell-text.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { logIdentifier, paths, units } from '../../node/paths.ts';
import * as programs from '../shell/programs.ts';

/** What the operator's side asks a watched node for; each is one line on the script's standard input. */
export const asks = {
  /** Addresses, processes, levers, lock, and HAProxy's statistics. */
  tick: (sequence: number): string => `t ${sequence}\n`,
  /** keepalived's own dump: it logs a line each time, so it is asked rarely. */
  instances: 'k\n',
  clock: 'c\n',
  /** Connect to HAProxy again: after a reload the old worker would go on answering. */
  reconnect: 'r\n',
} as const;

/** A session is started again after this, so that nothing lingers on a node whose operator is gone without a word. */
const sessionMs = 3_600_000;

/**
 * The node's side of a watch: one shell that answers a line with a few lines, and two programs that only speak when there
 * is something to say. It costs what was asked, so the operator's side sets the pace; its end is the end of its input.
 *
 * Lines that begin with `H:` are HAProxy's, with `J:` the journal's; grep writes each in one piece, so none is cut by
 * another. The FIFO to HAProxy has no name once it is open: nothing is left behind.
 * @param sinceMs first journal entry to tell, by the node's clock
 */
export function watchCommand(spec: ClusterSpec, sinceMs: number): Command {
  return {
    summary: 'watch',
    argv: ['sh', '-c', text(spec, sinceMs)],
    timeoutMs: sessionMs,
    privileged: true,
  };
}

function text(spec: ClusterSpec, sinceMs: number): string {
  return filled(programs.watch, {
    SOCKET: paths.haproxySocket,
    JOURNALCTL: journalctl(sinceMs, { follow: true }),
    FRONTEND: haproxyNames.frontend,
    MEMBERS: haproxyNames.members,
    CHECKED: haproxyNames.checked,
    READY: haproxyNames.ready,
    VRRP_PID: paths.keepalivedVrrpPid,
    HAPROXY_PID: paths.haproxyPid,
    DRAIN: paths.drain,
    LOCK: paths.lock,
    SHOW_ADDRESSES: spec.endpoint.virtualIPs.map(({ address }) => `address show to ${address}`).join('\n'),
    KEEPALIVED_DUMP: keepalivedDump.trimEnd(),
  });
}

/** What is read of the journals: both programs, what systemd says of their units, and what the tool itself wrote. */
export function journalctl(sinceMs: number, { follow = false }: { follow?: boolean } = {}): string {
  return [
    `journalctl -q ${follow ? '-f' : '--no-pager'} -n 5000 --since=@${(sinceMs / 1000).toFixed(3)} -o json`,
    '--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT,UNIT',
    `_SYSTEMD_UNIT=${units.keepalived} _SYSTEMD_UNIT=${units.haproxy}`,
    // What follows can be claimed by any user of the node, unless it is systemd (process 1) or root that says it.
    `+ UNIT=${units.keepalived} UNIT=${units.haproxy} _PID=1 + SYSLOG_IDENTIFIER=${logIdentifier} _UID=0 2>/dev/null`,
  ].join(' ');
}
