import type { PackageManagerName } from '../../cluster/distribution.ts';
import { quote, quoteAll, type Command } from '../../core/command.ts';
import { managers } from '../../node/packages/index.ts';
import type { AddonAction, FileChange, GuardAction, NodePlan, ServiceAction } from '../../plan/model.ts';
import { describePlanActions } from '../../plan/describe.ts';
import { actionText, type LockOwner } from '../../cluster/lock.ts';
import type { HistoryAbout } from '../../observe/once/history.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { runtimeOf } from '../../render/runtimes/index.ts';
import { loadFirewall } from './firewall.ts';
import { loadGuard } from './guard.ts';
import { guarded, staged } from './guarded.ts';
import { endKept } from './keep.ts';
import { pullAndKeep, setLever } from './levers.ts';
import { addonsKept, etcDir, optionalUnits, paths, runDir, stateDir, units } from '../../node/paths.ts';

/** Installs packages without letting the distribution's own services start, and remembers which ones came from us. */
export function installCommand(token: string, manager: PackageManagerName, packages: readonly string[]): Command {
  const { quiet, install } = managers[manager];
  const services = packages
    .filter((name) => name === 'haproxy' || name === 'keepalived')
    .map((name) => `${name}.service`);
  const list = quoteAll(packages);
  return guarded(
    `install ${packages.join(', ')}`,
    token,
    { kind: 'install', packages },
    `${quiet.install}
mkdir -p ${stateDir}
${services.length === 0 ? '' : `systemctl --no-reload mask --runtime --quiet ${services.join(' ')} 2>/dev/null\ntrap 'systemctl --no-reload unmask --runtime --quiet ${services.join(' ')}' EXIT`}
${install(packages)}
for name in ${list}; do echo "$name" >>${stateDir}/packages; done
${services.length === 0 ? '' : `# As \`systemctl disable\`, which takes a second more for what old init scripts need.\nrm -f ${services.map((service) => `/etc/systemd/system/*.wants/${service}`).join(' ')}`}`,
    300_000,
  );
}

/** Writes the new files beside the old ones; nothing that runs looks at them yet. */
export function stageCommand(token: string, changes: readonly FileChange[]): Command {
  return guarded(
    'write the new files beside the old ones',
    token,
    {
      kind: 'stage',
      files: changes.flatMap(({ path, wanted }) =>
        wanted ? [{ path, mode: wanted.mode, content: wanted.content }] : [],
      ),
    },
    [
      'umask 077',
      // Before any track_file is named: keepalived silently drops a tracker whose folder is missing.
      `mkdir -p -m 0755 ${etcDir} ${stateDir}`,
      `chmod 0755 ${etcDir}`,
      ...changes.flatMap(({ path, wanted }) => (wanted ? writeFile(staged(path), wanted.mode, wanted.content) : [])),
    ].join('\n'),
  );
}

function writeFile(path: string, mode: number, content: string): readonly string[] {
  return [
    `base64 -d >${quote(path)} <<'K8S_HA_END'`,
    ...(Buffer.from(content)
      .toString('base64')
      .match(/.{1,100}/g) ?? []),
    'K8S_HA_END',
    `chown root:root ${quote(path)}`,
    `chmod ${mode.toString(8)} ${quote(path)}`,
  ];
}

/** The node's own haproxy and keepalived judge the new files before they are put in place. */
export function validateCommand(
  spec: ClusterSpec,
  token: string,
  changes: readonly FileChange[],
  guard: GuardAction = 'none',
): Command {
  const candidate = (path: string): string =>
    changes.some((change) => change.path === path && change.wanted) ? staged(path) : path;
  const runtime = runtimeOf(spec);
  const scripts = [
    paths.checkScript,
    paths.saveStateScript,
    ...changes.flatMap(({ path, wanted }) => (wanted?.part === 'script' || wanted?.part === 'firewall' ? [path] : [])),
  ];
  const key = candidate(paths.hmacKey);
  const keyInPlace = key === paths.hmacKey ? '' : `; s#file:${paths.hmacKey}#file:${key}#`;
  return guarded(
    'let the node check the new files',
    token,
    { kind: 'validate', candidates: changes.flatMap(({ path, wanted }) => (wanted ? [path] : [])) },
    `umask 077
[ -f ${paths.serverState} ] || echo 1 >${paths.serverState}
for script in ${scripts.map(candidate).join(' ')}; do sh -n $script; done
${runtime.shell(spec)}
run_haproxy -c -f ${candidate(paths.haproxyConfig)}
${changes.some(({ path, wanted }) => path === paths.keepScript && wanted) ? `sh ${candidate(paths.keepScript)} can\n` : ''}${guard === 'load' ? `nft -c -f ${candidate(paths.guard)}\n` : ''}# keepalived also looks for the scripts, which may not be in their place yet.
sed 's#"${paths.checkScript}"#"${candidate(paths.checkScript)}"#; s#"${paths.supportScript} #"${candidate(paths.supportScript)} #; s#"${paths.tellScript} #"${candidate(paths.tellScript)} #${keyInPlace}' ${candidate(paths.keepalivedConfig)} >${runDir}/validate.conf
rc=0; run_keepalived -t -f ${runDir}/validate.conf || rc=$?
rm -f ${runDir}/validate.conf
exit $rc`,
  );
}

/** Takes the new files away again. */
export function unstageCommand(token: string): Command {
  return guarded(
    'take the new files away again',
    token,
    { kind: 'unstage' },
    `rm -f ${staged(`${etcDir}/*`)} ${staged(paths.haproxyUnit)} ${staged(paths.keepalivedUnit)} ${optionalUnits.map(staged).join(' ')}`,
  );
}

/** How many file sets a node keeps for a rollback. */
const historyLength = 10;

/**
 * Keeps all present files and who replaces them, for a rollback, then moves the new ones into place, each in one step. What
 * is kept is complete once its `about` is there.
 */
export function placeCommand(owner: LockOwner, plan: NodePlan, stamp: string): Command {
  const writes = plan.changes.filter(({ wanted }) => wanted);
  const deletes = plan.changes.filter(({ wanted, before }) => !wanted && before);
  const entry = `${paths.history}/${stamp}`;
  const about: HistoryAbout = {
    owner: owner.owner,
    machine: owner.machine,
    action: actionText(owner.action),
    changed: plan.changes.map(({ path }) => path),
  };
  return guarded(
    'put the new files in place',
    owner.token,
    {
      kind: 'place',
      stamp,
      about: JSON.stringify(about),
      writes: writes.map(({ path }) => path),
      deletes: deletes.map(({ path }) => path),
    },
    [
      `mkdir -p ${entry}`,
      `keep() {
    for file in ${etcDir}/* ${paths.haproxyUnit} ${paths.keepalivedUnit} ${optionalUnits.join(' ')}; do
        case $file in *.k8s-ha-new) continue ;; esac
        [ -f "$file" ] || continue
        mkdir -p "${entry}\${file%/*}" && cp -p "$file" "${entry}$file" || return
    done
    printf '%s\\n' ${quote(JSON.stringify(about))} >${entry}/about
}
keep 2>/dev/null || echo "the previous files could not be kept for a rollback" >&2`,
      `ls -1d ${paths.history}/*/ | sort -r | tail -n +${historyLength + 1} | while read -r old; do rm -rf "$old"; done`,
      ...(writes.length === 0 ? [] : [`sync ${writes.map(({ path }) => quote(staged(path))).join(' ')}`]),
      ...writes.map(({ path }) => `mv -f ${quote(staged(path))} ${quote(path)}`),
      ...(deletes.some(({ path }) => path === paths.keepScript) ? [endKept] : []),
      ...deletes.map(({ path }) => `rm -f ${quote(path)}`),
    ].join('\n'),
  );
}

function serviceLine(unit: string, action: ServiceAction): readonly string[] {
  return action === 'none' ? [] : [`systemctl ${action === 'start' ? 'restart' : action} ${unit}`];
}

/** Before systemd reads the new unit: what was started by the previous one knows only that one's way to be stopped. */
function stopByFormerUnit(unit: string, action: ServiceAction): readonly string[] {
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
