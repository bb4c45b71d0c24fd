import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import type { NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { atLeast, versionText, type Version } from '../core/version.ts';
import { ownIfTooOld } from '../node/distributions.ts';
import { programSeen } from '../observe/once/facts.ts';
import { runtimeOf } from '../render/runtimes/index.ts';

const minimum: Readonly<Record<string, Version>> = {
  keepalived: [2, 2, 4],
  haproxy: [2, 4, 0],
  podman: [4, 0, 0],
};

/** The programs that a node must have of its own: there, or installable, and new enough. */
export function programs(spec: ClusterSpec, _node: NodeSpec, seen: NodeSeen): readonly Finding[] {
  return runtimeOf(spec).programs.flatMap(({ program, inPackage }): readonly Finding[] => {
    const found = programSeen(seen, program);
    if (!found.known)
      return [
        {
          rule: 'version-unknown',
          severity: 'error',
          message: `the version of ${program} cannot be told: ${found.reason}`,
        },
      ];
    if (found.value === undefined)
      return seen.packageManager === 'other'
        ? [
            {
              rule: 'program-missing',
              severity: 'error',
              message: `${program} is not installed, and k8s-ha knows no package manager of ${seen.os}`,
              suggestion: `Install ${program} (package ${inPackage}) with the system's own package manager, then run this again.`,
            },
          ]
        : ownTooOld(seen, program);
    return tooOld(
      program,
      found.value,
      `Upgrade ${program} on the node (backports, or a newer release of ${seen.os})${inContainers(program)}.`,
    );
  });
}

/** Where a program comes from when the node's own is too old. */
function inContainers(program: string): string {
  return program === 'haproxy' || program === 'keepalived' ? ', or set `runtime: podman`, which runs newer ones' : '';
}

/** Only a warning: the node may have another source than its distribution's. */
function ownTooOld({ release, os }: NodeSeen, program: string): readonly Finding[] {
  const own = ownIfTooOld(release, program);
  const oldest = minimum[program];
  return own === undefined || oldest === undefined
    ? []
    : [
        {
          rule: 'package-too-old',
          severity: 'warning',
          message: `${program} is not installed, and that of ${os} is ${versionText(own)}: ${versionText(oldest)} or newer is needed`,
          suggestion: `Give the node a package source with a newer one${inContainers(program)}.`,
        },
      ];
}

/** What is in the images that a node has. */
export function images(spec: ClusterSpec, _node: NodeSpec, seen: NodeSeen): readonly Finding[] {
  return runtimeOf(spec)
    .images(spec)
    .flatMap(({ name, programs: contained }) =>
      contained.flatMap((program) => {
        const found = seen.programs[program];
        // What the node has not got yet is got first, and then judged.
        return found.known && found.value
          ? tooOld(program, found.value, `Name a newer image than ${name} under images.`)
          : [];
      }),
    );
}

function tooOld(program: string, found: Version, suggestion: string): readonly Finding[] {
  const oldest = minimum[program];
  return oldest && !atLeast(found, oldest)
    ? [
        {
          rule: 'program-too-old',
          severity: 'error',
          message: `${program} ${versionText(found)} is too old: ${versionText(oldest)} or newer is needed`,
          suggestion,
        },
      ]
    : [];
}
