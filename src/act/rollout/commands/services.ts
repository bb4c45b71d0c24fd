import type { Command } from '../../../core/command.ts';
import type { AddonAction, NodePlan, ServiceAction } from '../../../plan/model.ts';
import { describePlanActions } from '../../../plan/describe.ts';
import type { LockOwner } from '../../../cluster/lock.ts';
import { loadFirewall } from './firewall.ts';
import { loadGuard } from './guard.ts';
import { guarded } from './guarded.ts';
import { pullAndKeep, setLever } from './levers.ts';
import { addonsKept, runDir, units } from '../../../node/paths.ts';

/** Sets the levers, then makes the services run what is in place. HAProxy first: keepalived looks at it. */
export function activateCommand({ token, owner }: Pick<LockOwner, 'token' | 'owner'>, plan: NodePlan): Command {
  const levers = plan.levers.map(({ lever, pulled }) => ({
    lever,
    pull: pulled ? ({ by: 'rollout', token, owner } as const) : undefined,
  }));
  // A node that is only prepared must not elect after a reboot either.
  const programs: readonly ('haproxy' | 'keepalived')[] =
    plan.kind === 'prepare' ? ['haproxy'] : ['haproxy', 'keepalived'];
  const enable = plan.reloadUnits ? programs : [];
  return guarded(
    describePlanActions({ ...plan, drain: false, undrain: false }),
    token,
    {
      kind: 'activate',
      levers,
      enable,
      haproxy: plan.haproxy,
      keepalived: plan.keepalived,
      addons: plan.addons,
      ...(plan.snapshots && { snapshots: plan.snapshots }),
      guard: plan.guard !== 'none',
      ...(plan.firewall && { firewall: true }),
    },
    [
      ...levers.map(({ lever, pull }) => (pull ? pullAndKeep(lever, pull) : setLever(lever, undefined))),
      ...(plan.reloadUnits
        ? [
            ...stopByFormerUnit(units.haproxy, plan.haproxy),
            ...stopByFormerUnit(units.keepalived, plan.keepalived),
            'systemctl daemon-reload',
            `systemctl enable --quiet ${enable.map((program) => units[program]).join(' ')}`,
          ]
        : []),
      // Before keepalived reads who its peers are.
      ...(plan.guard === 'none' ? [] : [loadGuard]),
      ...(plan.firewall === undefined ? [] : [loadFirewall]),
      ...serviceLine(units.haproxy, plan.haproxy),
      ...serviceLine(units.keepalived, plan.keepalived),
      ...addonLines(plan.addons),
      ...snapshotLines(plan.snapshots),
    ].join('\n') || ':',
  );
}

/** keepalived ends, and does not come back with the next boot. Its unit takes the VIPs off. */
export function retireCommand(token: string): Command {
  return guarded(
    'stop keepalived for good',
    token,
    { kind: 'retire' },
    `systemctl disable --quiet --now ${units.keepalived} 2>/dev/null || systemctl stop ${units.keepalived}`,
  );
}

function serviceLine(unit: string, action: ServiceAction): readonly string[] {
  return action === 'none' ? [] : [`systemctl ${action === 'start' ? 'restart' : action} ${unit}`];
}

/** Before systemd reads the new unit: what was started by the previous one knows only that one's way to be stopped. */
export function stopByFormerUnit(unit: string, action: ServiceAction): readonly string[] {
  return action === 'restart' ? [`systemctl stop ${unit}`] : [];
}

/** A stopped unit may have lost its file already, so `disable` cannot be relied on. */
function addonLines(action: AddonAction): readonly string[] {
  const { addons } = units;
  if (action === 'none') return [];
  if (action !== 'stop')
    return ['systemctl daemon-reload', `systemctl enable --quiet ${addons}`, `systemctl restart ${addons}`];
  return [
    `systemctl stop ${addons}`,
    `rm -f /etc/systemd/system/multi-user.target.wants/${addons} ${runDir}/addons.json`,
    `rm -rf ${addonsKept}`,
    'systemctl daemon-reload',
  ];
}

/** As the add-ons' unit: its file may be gone already. A snapshot that is being taken is left to end. */
function snapshotLines(action: NodePlan['snapshots']): readonly string[] {
  const { snapshots } = units;
  if (action === undefined) return [];
  if (action !== 'stop')
    return ['systemctl daemon-reload', `systemctl enable --quiet ${snapshots}`, `systemctl restart ${snapshots}`];
  return [
    `systemctl stop ${snapshots}`,
    `rm -f /etc/systemd/system/timers.target.wants/${snapshots}`,
    'systemctl daemon-reload',
    `systemctl reset-failed ${units.snapshot} 2>/dev/null || :`,
  ];
}
