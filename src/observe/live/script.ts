import type { ClusterSpec } from '../../cluster/spec.ts';
import { keepalivedDump } from '../keepalived-dump.ts';
import type { Command } from '../../core/command.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { logIdentifier, paths, units } from '../../node/paths.ts';

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
  return `
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
trap 'trap - TERM EXIT; kill 0' EXIT
trap 'exit 0' TERM HUP
fifo=$(mktemp -u /run/k8s-ha-watch.XXXXXX) && mkfifo -m 600 "$fifo" && exec 3<>"$fifo" && rm -f "$fifo" || exit 1
haproxy() {
    while :; do
        { printf 'prompt\\n' >&3; socat -t1 - UNIX-CONNECT:${paths.haproxySocket} <&3 2>/dev/null; } |
            grep -H --label=H --line-buffered ''
        sleep 0.3
    done
}
haproxy &
${journalctl(sinceMs, { follow: true })} | grep -H --label=J --line-buffered '' &
process() {
    pid= state=-
    read -r pid <"$1" && read -r number name state rest <"/proc/$pid/stat" && [ "$name" = "$2" ] || state=-
}
tick() {
    printf '%s\\n' 'show stat ${haproxyNames.frontend} 1 -1;show stat ${haproxyNames.members} 4 -1;show stat ${haproxyNames.ready} 4 -1' >&3
    process ${paths.keepalivedVrrpPid} '(keepalived)'; keepalived=$state
    process ${paths.haproxyPid} '(haproxy)'
    drain= lock=
    read -r drain <${paths.drain}
    read -r lock <${paths.lock}
    printf 'T %s %s %s\\nD %s\\nL %s\\n' "$1" "$keepalived" "$state" "$drain" "$lock"
    ip -o -batch - <<END
${spec.endpoint.virtualIPs.map(({ address }) => `address show to ${address}`).join('\n')}
END
    printf 'E %s %s\\n' "$1" "$?"
}
${keepalivedDump}instances() {
    read -r pid <${paths.keepalivedVrrpPid} || { echo 'K'; return; }
    dump_forget
    kill -s "$(dump_signal)" "$pid" || { echo 'K'; return; }
    for wait in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.03
        said=$(dump_said) && break
    done
    # One line: the lines of a text are parted by tabs.
    printf 'K %s\\n' "$(echo "$said" | tr '\\n' '\\t')"
}
while read -r ask argument; do
    case $ask in
        t) tick "$argument" ;;
        c) echo "C $(date +%s%N)" ;;
        k) instances ;;
        r) echo quit >&3 ;;
    esac
done 2>/dev/null
`;
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
