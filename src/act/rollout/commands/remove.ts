import type { PackageManagerName } from '../../../cluster/distribution.ts';
import type { Command } from '../../../core/command.ts';
import { containerFiles, etcDir, optionalUnits, paths, runDir, stateDir, units } from '../../../node/paths.ts';
import { managers } from '../../../node/packages/index.ts';
import { guarded, staged } from './guarded.ts';
import { closeFirewall } from './firewall.ts';
import { dropGuard } from './guard.ts';
import { endKept } from './keep.ts';

/** Manifests that a migration took out of the kubelet's sight are somebody else's: they stay. */
export const removeState = `find ${stateDir} -mindepth 1 -maxdepth 1 ! -name manifests -exec rm -rf {} + 2>/dev/null || :
rmdir ${stateDir}/manifests ${stateDir} 2>/dev/null || :`;

/**
 * Takes everything of ours off a node: services, VIPs, units, files, levers, history; the lock goes with the run folder.
 * @param manager what removes the packages that `apply` installed; they stay when absent
 */
export function removeCommand(
  token: string,
  vips: readonly { readonly address: string; readonly bits: number }[],
  manager: PackageManagerName | undefined,
): Command {
  const packages = manager !== undefined;
  return guarded(
    'stop the services and remove every file',
    token,
    { kind: 'remove', vips: vips.map(({ address }) => address), packages },
    `${packages ? `packages=$(sort -u ${stateDir}/packages 2>/dev/null || true)` : '# The packages stay.'}
${endKept}
ours=$(ls ${containerFiles.images}/*.ours 2>/dev/null || true)
for unit in ${units.snapshots} ${units.addons} ${units.keepalived} ${units.haproxy}; do
    systemctl disable --quiet --now "$unit" 2>/dev/null || systemctl stop "$unit" 2>/dev/null || true
done
${dropGuard}
${closeFirewall}
${vips
  .map(
    ({ address, bits }) =>
      `for dev in $(ip -o address show to ${address} | awk '{print $2}'); do ip address del ${address}/${bits} dev "$dev"; done`,
  )
  .join('\n')}
! command -v podman >/dev/null || podman rm --force k8s-ha-haproxy k8s-ha-keepalived >/dev/null 2>&1 || true
rm -f ${[...optionalUnits, ...optionalUnits.map(staged)].join(' ')} ${paths.haproxyUnit} ${paths.keepalivedUnit} ${staged(paths.haproxyUnit)} ${staged(paths.keepalivedUnit)}
systemctl daemon-reload
systemctl reset-failed ${units.haproxy} ${units.keepalived} ${units.snapshot} 2>/dev/null || true
for image in $ours; do image=\${image##*/}; podman image rm "\${image%.ours}" >/dev/null 2>&1 || true; done
rm -rf ${etcDir} ${runDir}
${removeState}
${packages ? `# shellcheck disable=SC2086 # a word for each package\n[ -z "$packages" ] || ${managers[manager].remove} $packages >/dev/null 9>&-` : ''}
exit 0`,
    180_000,
  );
}
