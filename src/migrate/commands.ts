import { guarded } from '../act/rollout/commands/guarded.ts';
import { setLever } from '../act/rollout/commands/levers.ts';
import type { LeverPull } from '../cluster/state.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { quote, type Command } from '../core/command.ts';
import type { LockOwner } from '../cluster/lock.ts';
import type { MigrationAct, StepIntent } from '../node/intent.ts';
import { paths, stateDir, units, yieldFile } from '../node/paths.ts';
import type { NodeFileSet } from '../render/render.ts';
import { besideUnit, ordinaryUnit } from './beside.ts';
import type { Former } from './foreign/foreign.ts';
import { kindOf, summaryOf } from './foreign/index.ts';
import { formerFile, formerText } from './look.ts';

export type Owner = Pick<LockOwner, 'token' | 'owner'>;

/** Containers and pods take their time to end. */
export const patientMs = 150_000;

export function intends(...acts: readonly MigrationAct[]): StepIntent {
  return { kind: 'migrate', acts };
}

export function service(
  name: 'haproxy' | 'keepalived',
  verb: Extract<MigrationAct, { act: 'service' }>['verb'],
): MigrationAct {
  return { act: 'service', service: name, verb };
}

export function names(formers: readonly Former[]): string {
  return formers.map(summaryOf).join(', ');
}

/** Puts a staged keepalived.conf in place. */
const placeConfig = `[ ! -f ${paths.keepalivedConfig}.k8s-ha-new ] || mv -f ${paths.keepalivedConfig}.k8s-ha-new ${paths.keepalivedConfig}`;

export function rememberCommand({ token }: Owner, formers: readonly Former[]): Command {
  return guarded(
    'remember what runs now',
    token,
    intends({ act: 'remember', path: formerFile, text: formerText(formers) }),
    `mkdir -p ${stateDir}
printf '%s\\n' ${quote(formerText(formers))} >${formerFile}.new
sync ${formerFile}.new
mv -f ${formerFile}.new ${formerFile}`,
  );
}

/** A former HAProxy that cannot share its port makes room first; one that turns out not to share it as well. */
export function startProxyCommand({ token }: Owner, formers: readonly Former[], shared: boolean): Command {
  const stop = formers.flatMap((former) => [...kindOf(former).forbid(former), ...kindOf(former).stop(former)]);
  return guarded(
    shared ? 'start HAProxy' : `stop ${names(formers)}, start HAProxy`,
    token,
    intends(
      service('haproxy', 'enable'),
      ...(shared
        ? []
        : ([
            { act: 'forbid', formers },
            { act: 'stop', formers },
          ] as const)),
      service('haproxy', 'restart'),
    ),
    [
      'systemctl daemon-reload',
      `systemctl enable --quiet ${units.haproxy}`,
      ...(shared ? [] : stop),
      `systemctl restart ${units.haproxy}${shared && stop.length > 0 ? ' 2>/dev/null' : ''} || {`,
      ...(shared ? stop : []),
      `systemctl restart ${units.haproxy}`,
      '}',
    ].join('\n'),
    patientMs,
  );
}

export function quietCommand({ token }: Owner, formers: readonly Former[]): Command {
  return guarded(
    `let ${names(formers)} end when its connections have`,
    token,
    intends({ act: 'forbid', formers }, { act: 'quiet', formers }),
    formers.flatMap((former) => [...kindOf(former).forbid(former), ...kindOf(former).quiet(former)]).join('\n'),
  );
}

function levers(spec: ClusterSpec, pull: LeverPull | undefined): readonly string[] {
  return spec.endpoint.virtualIPs.map(({ address }) => setLever(yieldFile(address), pull));
}

function leverActs(spec: ClusterSpec, pull: LeverPull | undefined): readonly MigrationAct[] {
  return spec.endpoint.virtualIPs.map(({ address }) => ({
    act: 'lever',
    change: { lever: yieldFile(address), pull },
  }));
}

export function vipsOf({ endpoint }: ClusterSpec): readonly string[] {
  return endpoint.virtualIPs.map(({ address }) => address);
}

/**
 * Our keepalived runs and takes no VIP. It is not enabled: after a reboot nothing would keep it from taking them. The former
 * one is, from here on, not enabled either: of two that come back at different times both could hold a VIP.
 */
export function asideCommand(
  spec: ClusterSpec,
  { token, owner }: Owner,
  set: NodeFileSet,
  beside: boolean,
  formers: readonly Former[],
): Command {
  return guarded(
    'start keepalived, which takes no VIP yet',
    token,
    intends(
      { act: 'forbid', formers },
      ...leverActs(spec, { by: 'rollout', token, owner }),
      { act: 'place-config' },
      { act: 'unit', beside },
      service('keepalived', 'restart'),
    ),
    [
      ...formers.flatMap((former) => kindOf(former).forbid(former)),
      ...levers(spec, { by: 'rollout', token, owner }),
      placeConfig,
      ...(beside ? besideUnit(set) : ordinaryUnit),
      `systemctl restart ${units.keepalived}`,
    ].join('\n'),
  );
}

export function leverAllCommand(spec: ClusterSpec, { token, owner }: Owner, pulled: boolean): Command {
  return guarded(
    pulled ? 'take no VIP' : 'let keepalived take the VIPs',
    token,
    intends(...leverActs(spec, pulled ? { by: 'rollout', token, owner } : undefined)),
    levers(spec, pulled ? { by: 'rollout', token, owner } : undefined).join('\n'),
  );
}

/** Entries of the VIPs that the former keepalived may leave; ours has them on the loopback interface meanwhile. */
function takeOff(spec: ClusterSpec): readonly string[] {
  return spec.endpoint.virtualIPs.map(
    ({ address }) =>
      `ip -o address show to ${address} | while read -r _ dev _ entry _; do [ "$dev" = lo ] || ip address del "$entry" dev "$dev"; done`,
  );
}

/** Ends former keepaliveds and waits until they have; what they leave of the VIPs is taken off. */
export function silenceCommand(spec: ClusterSpec, { token }: Owner, formers: readonly Former[]): Command {
  return guarded(
    `stop ${names(formers)}`,
    token,
    intends(
      { act: 'forbid', formers },
      { act: 'stop', formers },
      { act: 'take-off', loopback: false, addresses: vipsOf(spec) },
    ),
    [
      ...formers.flatMap((former) => [...kindOf(former).forbid(former), ...kindOf(former).stop(former)]),
      `others() {
    for comm in /proc/[0-9]*/comm; do
        read -r name 2>/dev/null <"$comm" || continue
        [ "$name" = keepalived ] && ! grep -q 'k8s-ha-keepalived\\.service' "\${comm%comm}cgroup" && return 0
    done
    return 1
}
tries=0
while others; do
    tries=$((tries + 1))
    [ "$tries" -lt 900 ] || { echo "a former keepalived still runs after 90 s" >&2; exit 1; }
    sleep 0.1
done`,
      ...takeOff(spec),
    ].join('\n'),
    patientMs,
  );
}

/** Former programs run again, as they did. */
export function startCommand({ token }: Owner, formers: readonly Former[]): Command {
  return guarded(
    `start ${names(formers)}`,
    token,
    intends({ act: 'start', formers }),
    formers.flatMap((former) => kindOf(former).start(former)).join('\n') || ':',
    patientMs,
  );
}

/** keepalived.conf was staged: keepalived reads it. `beside` is whether another one has the VIPs on their interface. */
export function readConfigCommand({ token }: Owner, set: NodeFileSet, beside: boolean): Command {
  return guarded(
    beside ? 'make room for the former keepalived' : 'let keepalived hold the VIPs for good',
    token,
    intends(
      { act: 'place-config' },
      { act: 'unit', beside },
      service('keepalived', 'reload'),
      ...(beside ? [] : [service('keepalived', 'enable')]),
    ),
    [
      placeConfig,
      ...(beside ? besideUnit(set) : ordinaryUnit),
      `systemctl reload ${units.keepalived}`,
      ...(beside ? [] : [`systemctl enable --quiet ${units.keepalived}`]),
    ].join('\n'),
  );
}

export function standByCommand(spec: ClusterSpec, { token }: Owner): Command {
  return guarded(
    'be ready to take the VIPs',
    token,
    intends(...leverActs(spec, undefined), service('keepalived', 'enable')),
    [...levers(spec, undefined), `systemctl enable --quiet ${units.keepalived}`].join('\n'),
  );
}
