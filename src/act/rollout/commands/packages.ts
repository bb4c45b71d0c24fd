import type { PackageManagerName } from '../../../cluster/distribution.ts';
import { quoteAll, type Command } from '../../../core/command.ts';
import { managers } from '../../../node/packages/index.ts';
import type { PackageVersion } from '../../../node/packages/manager.ts';
import type { PackageUpgrade } from '../../../plan/upgrade.ts';
import { stateDir } from '../../../node/paths.ts';
import { guarded } from './guarded.ts';

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

const upgradeTimeoutMs = 300_000;

/**
 * Installs one version of packages that are there. Configuration files that somebody edited stay. The distribution's own
 * service is not started where it does not run, and nothing restarts k8s-ha's units: the rollout does that, with its gates.
 */
function versionsCommand(
  summary: string,
  token: string,
  packages: readonly PackageVersion[],
  { before, change }: { readonly before: string; readonly change: string },
): Command {
  return guarded(
    summary,
    token,
    { kind: 'set-versions', packages },
    `${before}
masked=
for service in ${packages.map(({ name }) => `${name}.service`).join(' ')}; do
    systemctl is-active --quiet "$service" || masked="$masked $service"
done
# shellcheck disable=SC2086 # a word for each unit
[ -z "$masked" ] || { systemctl --no-reload mask --runtime --quiet $masked 2>/dev/null; trap 'systemctl --no-reload unmask --runtime --quiet $masked' EXIT; }
${change}`,
    upgradeTimeoutMs,
  );
}

export function upgradeCommand(
  token: string,
  manager: PackageManagerName,
  packages: readonly PackageUpgrade[],
): Command {
  const { quiet, upgrade } = managers[manager];
  const wanted = packages.map(({ name, to }) => ({ name, version: to }));
  const summary = `upgrade ${packages.map(({ name, to }) => `${name} to ${to}`).join(', ')}`;
  return versionsCommand(summary, token, wanted, { before: quiet.change, change: upgrade(wanted) });
}

export function downgradeCommand(
  token: string,
  manager: PackageManagerName,
  packages: readonly PackageUpgrade[],
): Command {
  const { quiet, downgrade } = managers[manager];
  const wanted = packages.map(({ name, from }) => ({ name, version: from }));
  const summary = `put ${packages.map(({ name, from }) => `${name} ${from}`).join(', ')} back`;
  return versionsCommand(summary, token, wanted, { before: quiet.change, change: downgrade(wanted) });
}
