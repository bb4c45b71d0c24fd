import { closeFirewall } from '../act/rollout/commands/firewall.ts';
import { dropGuard } from '../act/rollout/commands/guard.ts';
import { guarded } from '../act/rollout/commands/guarded.ts';
import { retireCommand } from '../act/rollout/commands/services.ts';
import { removeState } from '../act/rollout/commands/remove.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { Command } from '../core/command.ts';
import { etcDir, optionalUnits, paths, runDir, units } from '../node/paths.ts';
import type { NodeFileSet } from '../render/render.ts';
import { besideUnit, ordinaryUnit } from './beside.ts';
import { intends, names, patientMs, service, vipsOf, type Owner } from './commands.ts';
import type { Former } from './foreign/foreign.ts';
import { kindOf } from './foreign/index.ts';

/** Our keepalived ends; where the former one holds the VIPs on the node, they stay. */
export function retireBesideCommand(spec: ClusterSpec, { token }: Owner, set: NodeFileSet | undefined): Command {
  const retired = retireCommand(token);
  if (!set) return retired;
  return guarded(
    'stop keepalived',
    token,
    intends(
      { act: 'unit', beside: true },
      service('keepalived', 'disable'),
      service('keepalived', 'stop'),
      { act: 'take-off', loopback: true, addresses: vipsOf(spec) },
      { act: 'unit', beside: false },
    ),
    [
      ...besideUnit(set),
      `systemctl disable --quiet --now ${units.keepalived} 2>/dev/null || systemctl stop ${units.keepalived}`,
      ...spec.endpoint.virtualIPs.map(
        ({ address, family }) => `ip address del ${address}/${family === 'ipv4' ? 32 : 128} dev lo 2>/dev/null || :`,
      ),
      ...ordinaryUnit,
    ].join('\n'),
  );
}

/**
 * The former HAProxy serves again, beside ours where they can share the port; ours listens no more and ends when its
 * connections have (hard-stop-after).
 */
export function proxyBackCommand({ token }: Owner, formers: readonly Former[], port: number): Command {
  return guarded(
    `start ${names(formers)}`,
    token,
    intends({ act: 'start', formers }),
    `serves() {
    for line in $(ss -Htlnp "sport = :${port}" | grep -oE 'pid=[0-9]+' | sort -u); do
        grep -q '${units.haproxy.replace('.', '\\.')}' "/proc/\${line#pid=}/cgroup" || return 0
    done
    return 1
}
wait_for() { tries=0; until serves; do tries=$((tries + 1)); [ "$tries" -lt "$1" ] || return 1; sleep 0.1; done; }
begin() {
${formers.flatMap((former) => kindOf(former).start(former)).join('\n') || ':'}
}
(begin) 2>/dev/null || :
wait_for 50 || {
    systemctl stop ${units.haproxy}
    begin
    wait_for 600 || { echo "nothing but k8s-ha listens on port ${port}" >&2; exit 1; }
}`,
    patientMs,
  );
}

/** Everything of ours goes but the addresses, which are the former keepalived's, and connections that last. */
export function farewellCommand({ token }: Owner): Command {
  return guarded(
    'let HAProxy end when its connections have, and remove every file',
    token,
    intends({ act: 'farewell' }),
    `if systemctl is-active --quiet ${units.haproxy}; then
    mkdir -p /run/systemd/system/${units.haproxy}.d
    printf '[Service]\\nRestart=no\\nExecStopPost=\\n' >/run/systemd/system/${units.haproxy}.d/farewell.conf
    systemctl daemon-reload
    kill -USR1 "$(cat ${paths.haproxyPid})" 2>/dev/null || :
fi
for unit in ${units.snapshots} ${units.addons}; do systemctl disable --quiet --now "$unit" 2>/dev/null || systemctl stop "$unit" 2>/dev/null || :; done
systemctl disable --quiet ${units.haproxy} ${units.keepalived} 2>/dev/null || :
systemctl stop ${units.keepalived} 2>/dev/null || :
${dropGuard}
${closeFirewall}
rm -f ${optionalUnits.map((unit) => `${unit}*`).join(' ')} ${paths.haproxyUnit}* ${paths.keepalivedUnit}*
rm -rf /run/systemd/system/${units.keepalived}.d /run/systemd/system/${units.haproxy}.d
systemctl daemon-reload
${removeState}
rm -rf ${etcDir} ${runDir}`,
  );
}
