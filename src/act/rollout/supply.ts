import type { ClusterSpec } from '../../cluster/spec.ts';
import { quote, type Command } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import { managers } from '../../node/packages/index.ts';
import type { NodePlan } from '../../plan/model.ts';
import { containerFiles } from '../../node/paths.ts';
import { runtimeOf } from '../../render/runtimes/index.ts';
import type { RequiredImage } from '../../render/runtimes/runtime.ts';
import { installCommand } from './commands/packages.ts';
import { guarded } from './commands/guarded.ts';
import { certificateCommand } from './commands/certificate.ts';
import { attempt, type Rollout } from './step.ts';

/** A build fetches some forty megabytes of packages, a pull about as much. */
const imageTimeoutMs = 600_000;

/** What tells the version of a program, as `run_haproxy` and `run_keepalived` take it. */
const versionOption = { haproxy: '-v', keepalived: '--version' } as const;

/**
 * Gets an image where the node has not got it, and remembers which versions are in it: an observation, which is made often,
 * has no time to start a container.
 */
function imageCommand(spec: ClusterSpec, token: string, { name, programs, containerfile }: RequiredImage): Command {
  return guarded(
    `${containerfile === undefined ? 'pull' : 'build'} the image ${name}`,
    token,
    { kind: 'get-image', image: name, programs },
    `mkdir -p ${containerFiles.images}
get() {
${containerfile === undefined ? `    podman pull --quiet ${quote(name)} 9>&-` : `    podman --runtime=crun build --network=host --quiet --tag ${quote(name)} - 9>&- <<'K8S_HA_END'\n${containerfile}K8S_HA_END`}
}
ours=
podman image exists ${quote(name)} || { get >/dev/null; ours=yes; }
id=$(podman image inspect --format '{{.Id}}' ${quote(name)})
[ -z "$ours" ] || : >"${containerFiles.images}/$id.ours"
${runtimeOf(spec).shell(spec)}
${programs
  .map(
    (
      program,
    ) => `said=$(run_${program} ${versionOption[program]} 2>&1) || { echo "the image has no ${program} that runs: $said" >&2; exit 1; }
printf '%s\\n' "$said" | grep -m 1 -iE '^(ha-?proxy|keepalived) ' >"${containerFiles.images}/$id.${program}"`,
  )
  .join('\n')}`,
    imageTimeoutMs,
  );
}

/** What a node lacks. */
type Supplies = Pick<NodePlan, 'packages' | 'images' | 'certificate'>;

/** Installs what a node lacks: packages first, then the images that they can get. @returns what failed */
export async function supply(
  rollout: Rollout,
  { node, packages, manager, images, certificate }: Supplies & Pick<NodePlan, 'node' | 'manager'>,
): Promise<readonly Finding[]> {
  const { token } = rollout.owner;
  if (packages.length > 0 && manager === undefined) return [notInstallable(node, packages)];
  const steps = [
    ...(packages.length === 0 || manager === undefined
      ? []
      : [
          {
            rule: 'install-failed' as const,
            command: installCommand(token, manager, packages),
            suggestion: `Install them by hand: ${managers[manager].byHand.install(packages)}`,
          },
        ]),
    ...images.map((image) => ({
      rule: 'image-failed' as const,
      command: imageCommand(rollout.spec, token, image),
      suggestion:
        image.containerfile === undefined
          ? `See with \`podman pull ${image.name}\` on the node.`
          : "A node without a way to Debian's packages needs an image of your own: name it under images, or load it with `podman load`.",
    })),
    ...(certificate === undefined
      ? []
      : [
          {
            rule: 'health-certificate-not-issued' as const,
            command: certificateCommand(rollout.spec, token),
            suggestion: 'Give one of your own: `apiServer.healthCertFile`.',
          },
        ]),
  ];
  for (const { rule, command, suggestion } of steps) {
    const outcome = await attempt(rollout, node, command);
    if (!outcome.ok)
      return [
        {
          rule,
          severity: 'error',
          node,
          message: `${outcome.step} failed: ${outcome.error}`,
          suggestion: outcome.suggestion ?? suggestion,
        },
      ];
  }
  return [];
}

function notInstallable(node: string, packages: readonly string[]): Finding {
  return {
    rule: 'install-failed',
    severity: 'error',
    node,
    message: `${packages.join(', ')} cannot be installed: k8s-ha does not know the node's package manager`,
    suggestion: 'Install them by hand, then run it again.',
  };
}

/** Whether a node lacks anything that must be there before its files can be rendered. */
export function lacksSupplies({ packages, images, certificate }: Supplies): boolean {
  return packages.length + images.length > 0 || certificate !== undefined;
}
