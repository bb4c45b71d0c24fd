import { quoteAll, type Command } from '../../core/command.ts';
import type { PackageUpgrade } from '../../plan/upgrade.ts';
import { guarded } from './guarded.ts';

const upgradeTimeoutMs = 300_000;

/**
 * Installs one version of packages that are there. Configuration files that somebody edited stay. The distribution's own
 * service is not started where it does not run, and nothing restarts k8s-ha's units: the rollout does that, with its gates.
 */
function versionsCommand(
  summary: string,
  token: string,
  packages: readonly { readonly name: string; readonly version: string }[],
  options: readonly string[],
): Command {
  return guarded(
    summary,
    token,
    { kind: 'set-versions', packages },
    `export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
masked=
for service in ${packages.map(({ name }) => `${name}.service`).join(' ')}; do
    systemctl is-active --quiet "$service" || masked="$masked $service"
done
# shellcheck disable=SC2086 # a word for each unit
[ -z "$masked" ] || { systemctl --no-reload mask --runtime --quiet $masked 2>/dev/null; trap 'systemctl --no-reload unmask --runtime --quiet $masked' EXIT; }
apt-get -qq -y -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold ${options.join(' ')} \\
    install ${quoteAll(packages.map(({ name, version }) => `${name}=${version}`))} >/dev/null 9>&-`,
    upgradeTimeoutMs,
  );
}

export function upgradeCommand(token: string, packages: readonly PackageUpgrade[]): Command {
  return versionsCommand(
    `upgrade ${packages.map(({ name, to }) => `${name} to ${to}`).join(', ')}`,
    token,
    packages.map(({ name, to }) => ({ name, version: to })),
    ['--only-upgrade', '--no-install-recommends'],
  );
}

export function downgradeCommand(token: string, packages: readonly PackageUpgrade[]): Command {
  return versionsCommand(
    `put ${packages.map(({ name, from }) => `${name} ${from}`).join(', ')} back`,
    token,
    packages.map(({ name, from }) => ({ name, version: from })),
    ['--allow-downgrades', '--no-install-recommends'],
  );
}
