import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import type { Finding } from '../../core/finding.ts';
import { atLeast, parseVersion } from '../../core/version.ts';
import { pullText } from '../../node/lever.ts';
import { leverName, paths } from '../../node/paths.ts';
import { isDone, knownVersions, serverSeen } from './look.ts';
import { controlPlaneNames, programNames, type KnownVersion, type ServerSeen, type VersionView } from './model.ts';

/** Kubelets may be so many minor versions older than the API servers (kubernetes.io/releases/version-skew-policy). */
const kubeletSkew = 3;

export interface Wanted {
  readonly version: string;
  /** Where the new programs are on every machine. */
  readonly folder: string;
  /** Programs that somebody else placed may be replaced. */
  readonly replace: boolean;
}

/** What stands in the way before anything is begun. Errors stop the upgrade with nothing changed. */
export function versionObstacles(spec: ClusterSpec, views: readonly VersionView[], wanted: Wanted): readonly Finding[] {
  const unseen = views.flatMap(({ node, seen }) =>
    seen.known ? [] : [error('node-unreachable', seen.reason, { node })],
  );
  const known = knownVersions(views);
  const server = serverSeen(known);
  if (unseen.length > 0) return unseen;
  if (!server)
    return [error('not-serving', 'no API server of the cluster answers', { suggestion: 'See `k8s-ha status`.' })];
  const left = known.filter((view) => !isDone(view, wanted.version, server));
  return [
    ...externalEtcd(spec),
    ...skew(server, known, wanted.version),
    ...otherVisits(known, wanted.version),
    ...(left.length === 0 ? [] : known.flatMap((view) => unhealthy(view, server))),
    ...left.flatMap((view) => [...notOffered(view, wanted), ...foreign(view, wanted)]),
    ...notInFile(known, server, wanted.version),
  ];
}

/** Nodes that somebody drained: an upgrade drains and undrains each, and would end that. */
export function drainedNodes({ nodes }: ClusterState): readonly Finding[] {
  return nodes.flatMap(({ node, seen }) => {
    const pull = seen.known ? seen.value.levers[leverName(paths.drain)] : undefined;
    return pull?.by === 'operator'
      ? [
          error('version-node-drained', `it is drained: ${pullText(pull)}`, {
            node,
            suggestion: `k8s-ha undrain ${node}`,
          }),
        ]
      : [];
  });
}

function error(
  rule: Finding['rule'],
  message: string,
  more: Pick<Finding, 'node' | 'reason' | 'suggestion' | 'path'> = {},
): Finding {
  return { rule, severity: 'error', message, ...more };
}

function externalEtcd({ etcd }: ClusterSpec): readonly Finding[] {
  if (etcd.mode === 'stacked') return [];
  return [
    error('version-external-etcd', 'etcd runs outside of the control-plane nodes, where no snapshot can be taken', {
      suggestion: 'Take one, then upgrade with kubeadm by hand: drain each node with `k8s-ha drain` before.',
      path: ['etcd', 'mode'],
    }),
  ];
}

/** The minor version alone decides what may work together. */
function minorOf(version: string): number {
  return parseVersion(version)?.[1] ?? 0;
}

function isNewer(version: string, than: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(than)];
  return a !== undefined && b !== undefined && !atLeast(b, a);
}

function skew({ cluster, members }: ServerSeen, known: readonly KnownVersion[], version: string): readonly Finding[] {
  const steps = minorOf(version) - minorOf(cluster);
  const oldest = Math.min(
    ...known.flatMap(({ seen }) => controlPlaneNames.flatMap((name) => seen.images.get(name) ?? [])).map(minorOf),
  );
  // On a control-plane node whose visit is under way, the kubelet asks its own API server, which is as new.
  const visited = new Set(known.filter(({ seen }) => seen.visit !== undefined).map(({ node }) => node));
  const own = new Map(known.map(({ node, seen }) => [node, seen.images.get('kube-apiserver')]));
  return [
    ...(isNewer(cluster, version)
      ? [
          error('version-downgrade', `the cluster is ${cluster}, and ${version} is older`, {
            reason: 'Neither kubeadm nor etcd goes back.',
            suggestion: 'To go back, restore the snapshot that was taken before the upgrade.',
          }),
        ]
      : []),
    ...(steps > 1
      ? [
          error('version-skips-minor', `the cluster is ${cluster}: ${version} is ${steps} minor versions away`, {
            reason: 'API servers of two minor versions that are no neighbours do not work together.',
            suggestion: `Upgrade to v1.${minorOf(cluster) + 1} first.`,
          }),
        ]
      : []),
    ...members
      .filter(({ kubelet }) => minorOf(version) - minorOf(kubelet) > kubeletSkew)
      .map(({ name, kubelet }) =>
        error('version-kubelet-skew', `its kubelet is ${kubelet}, too old for API servers of ${version}`, {
          node: name,
          suggestion: `Upgrade it first: a kubelet may be ${kubeletSkew} minor versions older, not more.`,
        }),
      ),
    ...members
      .filter(
        ({ name, kubelet }) =>
          !visited.has(name) &&
          minorOf(kubelet) > (own.get(name) === undefined ? oldest : minorOf(own.get(name) ?? '')),
      )
      .map(({ name, kubelet }) =>
        error('version-kubelet-skew', `its kubelet is ${kubelet}, newer than an API server that it may ask`, {
          node: name,
          suggestion: 'Put the previous kubelet back on it: no kubelet may be newer than an API server.',
        }),
      ),
  ];
}

function otherVisits(known: readonly KnownVersion[], version: string): readonly Finding[] {
  return known.flatMap(({ node, seen: { visit } }) =>
    visit === undefined || visit.version === version
      ? []
      : [
          error('version-other-begun', `its upgrade to ${visit.version} was begun and is not finished`, {
            node,
            suggestion: `Finish it first: k8s-ha upgrade kubernetes ${visit.version}.`,
          }),
        ],
  );
}

/** A node that is broken before is not to be told from one that the upgrade broke. What was begun may be in the middle of it. */
function unhealthy({ node, role, seen }: KnownVersion, { members }: ServerSeen): readonly Finding[] {
  if (seen.visit !== undefined || seen.running) return [];
  const member = members.find(({ name }) => name === node);
  return [
    ...(role === 'control-plane' && !seen.server.known
      ? [
          error('not-serving', `its API server does not answer, or is not ready: ${seen.server.reason}`, {
            node,
            suggestion: 'Fix it first: while another node is upgraded, this one has to serve.',
          }),
        ]
      : []),
    ...(member?.ready === true
      ? []
      : [
          error('version-not-ready', member ? `the node is not Ready: ${member.why}` : 'it is no node of the cluster', {
            node,
            suggestion: 'Fix it first, or take it out of the cluster and the file.',
          }),
        ]),
  ];
}

function notOffered({ node, seen }: KnownVersion, { version, folder }: Wanted): readonly Finding[] {
  const missing = programNames.filter(
    (name) => seen.programs[name].version !== version && seen.programs[name].offered !== version,
  );
  if (missing.length === 0) return [];
  const has = missing.map((name) => `${name} ${seen.programs[name].offered ?? 'missing'}`);
  return [
    error('version-not-offered', `${folder} has not what ${version} needs: ${has.join(', ')}`, {
      node,
      suggestion: `Put ${missing.join(', ')} of ${version} there, executable, and images as *.tar into ${folder}/images.`,
    }),
  ];
}

/** A program that a package or another hand brought is not overwritten unasked. */
function foreign({ node, seen }: KnownVersion, { version, replace }: Wanted): readonly Finding[] {
  const theirs = programNames.filter((name) => seen.programs[name].version !== version && !seen.programs[name].ours);
  const packaged = theirs.filter((name) => seen.programs[name].package !== undefined);
  if (packaged.length > 0)
    return [
      error('version-foreign-program', `${packaged.join(', ')} came with a package, whose files are not overwritten`, {
        node,
        reason: 'The next upgrade of the package would undo it.',
        suggestion: 'Upgrade with kubeadm by hand there, or remove the packages and place the programs yourself.',
      }),
    ];
  if (replace || theirs.length === 0) return [];
  return [
    error(
      'version-foreign-program',
      `${theirs.map((name) => seen.programs[name].path ?? name).join(', ')}: not placed by k8s-ha`,
      {
        node,
        suggestion: 'If they may be replaced, say so: --replace-programs.',
      },
    ),
  ];
}

function notInFile(known: readonly KnownVersion[], { members }: ServerSeen, version: string): readonly Finding[] {
  const others = members.filter(({ name, kubelet }) => kubelet !== version && known.every(({ node }) => node !== name));
  if (others.length === 0) return [];
  return [
    {
      rule: 'version-not-in-file',
      severity: 'warning',
      message: `the cluster file does not name ${others.map(({ name, kubelet }) => `${name} (${kubelet})`).join(', ')}: not upgraded`,
      suggestion: 'Add them with `role: worker`, or upgrade them by hand afterwards.',
    },
  ];
}
