import { quote, type Command } from '../../../core/command.ts';
import type { NodePlan } from '../../../plan/model.ts';
import { writeFile } from './files.ts';
import { loadFirewall } from './firewall.ts';
import { loadGuard } from './guard.ts';
import { guarded } from './guarded.ts';
import { setLever } from './levers.ts';
import { stopByFormerUnit } from './services.ts';
import { units } from '../../../node/paths.ts';

/** Puts back what a node had before, and makes its services run that again. */
export function restoreCommand(
  token: string,
  plan: NodePlan,
  ran: { readonly haproxy: boolean; readonly keepalived: boolean },
): Command {
  const services = [
    { service: 'haproxy' as const, unit: units.haproxy, wasRunning: ran.haproxy, action: plan.haproxy },
    { service: 'keepalived' as const, unit: units.keepalived, wasRunning: ran.keepalived, action: plan.keepalived },
  ].filter(({ action }) => action !== 'none');
  return guarded(
    'put the previous files back',
    token,
    {
      kind: 'restore',
      levers: plan.levers.filter(({ pulled }) => pulled).map(({ lever }) => lever),
      files: plan.changes.map(({ path, before }) => ({ path, before: before && { path, ...before } })),
      guard: plan.guard !== 'none',
      ...(plan.firewall && { firewall: true }),
      services: services.map(({ service, wasRunning, action }) => ({ service, wasRunning, action })),
    },
    [
      'umask 077',
      ...plan.levers.filter(({ pulled }) => pulled).map(({ lever }) => setLever(lever, undefined)),
      // While their units are there: what was enabled by a unit that has gone stays enabled.
      ...services.flatMap(({ unit, wasRunning }) =>
        wasRunning
          ? []
          : [`systemctl disable --quiet --now ${unit} 2>/dev/null || systemctl stop ${unit} 2>/dev/null || true`],
      ),
      ...plan.changes.flatMap(({ path, before }) =>
        before
          ? [
              ...writeFile(`${path}.k8s-ha-old`, before.mode, before.content),
              `mv -f ${quote(`${path}.k8s-ha-old`)} ${quote(path)}`,
            ]
          : [`rm -f ${quote(path)}`],
      ),
      ...(plan.guard === 'none' ? [] : [`{ ${loadGuard}; } || echo "the previous guard cannot be loaded" >&2`]),
      ...(plan.firewall === undefined
        ? []
        : [`{\n${loadFirewall}\n} || echo "the firewall cannot be opened as it was" >&2`]),
      ...services.flatMap(({ unit, wasRunning, action }) =>
        wasRunning && action !== 'reload' ? stopByFormerUnit(unit, 'restart') : [],
      ),
      'systemctl daemon-reload',
      ...services.flatMap(({ unit, wasRunning, action }) =>
        wasRunning ? [`systemctl ${action === 'reload' ? 'reload-or-restart' : 'restart'} ${unit}`] : [],
      ),
    ].join('\n'),
  );
}
