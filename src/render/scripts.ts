import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import type { NodeFacts, ScriptTimers, Timers } from '../cluster/timers.ts';
import { quote } from '../core/command.ts';
import { hostPort } from '../core/ip.ts';
import { filled } from '../core/shell-text.ts';
import { peersNeeded } from '../cluster/fencing.ts';
import { healthPort, paths, units } from '../node/paths.ts';
import { macCheck, ownMac } from './guard.ts';
import { runtimeOf } from './runtimes/index.ts';
import { vipRemovals } from './runtimes/vips.ts';
import * as programs from './shell/programs.ts';

/** Half of what socat takes to start is OpenSSL, which reads its configuration, and nothing here is encrypted. */
const quickStart = 'export OPENSSL_CONF=/dev/null';

/**
 * keepalived's check of the local HAProxy. Two short tries instead of one long: a hung HAProxy is found in the same time, and
 * one slow answer moves nothing. Where keepalived cannot begin it often enough, one run asks several times. Where HAProxy
 * reports that it misses the majority, the peers are asked directly on several ports; a refused connection is an answer too,
 * so a dead proxy is not taken for a dead node.
 */
export function checkScript(spec: ClusterSpec, node: NodeSpec, { script, member }: Timers, facts: NodeFacts): string {
  const seconds = script.tryTimeoutMs / 1000;
  const head = `#!/bin/sh
# Asked by keepalived: is the local HAProxy alive, and is this node in the majority? Exit 0 keeps the VIP, 1 gives it up.
# Rendered by k8s-ha for node ${node.name}.
# By socat, which starts in an eighth of the time that curl takes: this runs several times a second.
${quickStart}
# keepalived runs this, so it does not hang: systemd's watchdog ends one that does, and its unit takes the VIPs off.
${runtimeOf(spec).feedWatchdog}
${macCheck(ownMac(spec, node, facts))}cr=$(printf '\\r')
ask() {
    for _ in ${counted(script.tries)}; do
        answer=$(socat -t${seconds} - TCP:127.0.0.1:${healthPort},connect-timeout=${seconds} 2>/dev/null <<K8S_HA_END
GET /livez HTTP/1.0$cr
$cr
K8S_HA_END
        )
        [ -z "$answer" ] || break
    done
}
says() { case $answer in 'HTTP/1.'?" $1"*) return 0 ;; esac; return 1; }
${askedOften(script)}says 200 && exit 0
`;
  const needed = peersNeeded(spec);
  if (needed === 0) return `${head}exit 1\n`;
  const peers = spec.nodes.filter(({ name }) => name !== node.name);
  const ports = [
    ...new Set([
      spec.apiServer.port,
      spec.endpoint.port,
      ...(spec.etcd.mode === 'stacked' ? [spec.etcd.peerPort] : []),
    ]),
  ];
  return `${head}says 503 || exit 1
answers() {
    for port in ${ports.join(' ')}; do
        { said=$(socat -u OPEN:/dev/null "TCP:$1:$port,connect-timeout=${member.askMs / 1000}" 2>&1) && echo "$1"; case $said in *refused*) echo "$1" ;; esac; } &
    done
    wait
}
count=$(for peer in ${peers.map(({ address }) => quote(hostPortless(address))).join(' ')}; do answers "$peer" & done | sort -u | grep -c .)
[ "$count" -ge ${needed} ]
`;
}

/**
 * keepalived before 2.3.2 begins a run each second at most: in between, the run itself goes on asking. One that is late leaves what
 * is left to the next: keepalived takes a run that lasts too long for a failure, however often HAProxy answered it.
 */
function askedOften({ asks, askEveryMs }: ScriptTimers): string {
  return asks === 1
    ? 'ask\n'
    : `# In hundredths of a second since this machine was started.
now=0
clock() { { read -r up _ </proc/uptime; } 2>/dev/null && now=$((\${up%.*} * 100 + 1\${up#*.} - 100)); }
clock
latest=$((now + ${Math.round((askEveryMs * (asks - 1) + askLateMs) / 10)}))
for ask in ${counted(asks)}; do
    # On a busy machine the next run asks: HAProxy has answered this one.
    [ "$ask" = 1 ] || { clock; [ "$now" -lt "$latest" ] || break; sleep ${(askEveryMs - askTookMs) / 1000}; }
    ask
    says 200 || break
done
`;
}

/** By how much the last ask of a run may be late, before it is left to the next run. */
const askLateMs = 50;

/** What starting socat and an answer take of the time between two asks. */
const askTookMs = 5;

function counted(count: number): string {
  return Array.from({ length: count }, (_, i) => i + 1).join(' ');
}

/** The address as a URL wants it, without the port. */
function hostPortless(address: string): string {
  return hostPort(address, 0).replace(/:0$/, '');
}

/** Takes the VIPs off where keepalived is killed, and ends one that hangs; systemd's watchdog is for one where this does not run any more. */
export function watchScript(spec: ClusterSpec, { script }: Timers, facts: NodeFacts): string {
  return filled(programs.watchKeepalived, {
    VIPS_OFF: vipRemovals(spec, facts).join('; '),
    BESIDE: paths.beside,
    LOOK_SECONDS: script.lookMs / 1000,
    LOOKS: script.looks,
    PID: paths.keepalivedPid,
    VRRP_PID: paths.keepalivedVrrpPid,
  });
}

/** Pulls the lever `haproxy-down` as soon as HAProxy has ended. */
export function watchHaproxyScript(): string {
  return filled(programs.watchHaproxy, {
    SOCKET: paths.haproxySocket,
    DOWN: paths.haproxyDown,
    UNIT: units.haproxy,
  });
}

/** Saves which servers HAProxy knows to be down, so that the worker after a reload does not begin by trusting them. */
export function saveStateScript(): string {
  return filled(programs.saveState, {
    SOCKET: paths.haproxySocket,
    STATE: paths.serverState,
  });
}
