import type { AddonsSeen, KubernetesSeen } from '../../cluster/kubernetes.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, ServiceSeen } from '../../cluster/state.ts';
import { formatMs } from '../../core/duration.ts';
import type { Finding } from '../../core/finding.ts';
import { clockFindings } from '../clock.ts';
import { certificateNames, expiries } from './certificates.ts';
import { etcdFindings, snapshotFindings } from './etcd.ts';

/** A lease that was not renewed for this many of its durations has no living holder. */
const staleDurations = 3;

function seenIn(
  state: ClusterState,
): readonly { readonly node: string; readonly kubernetes: KubernetesSeen; readonly addons: ServiceSeen }[] {
  return state.nodes.flatMap(({ node, seen }) =>
    seen.known && seen.value.kubernetes.known
      ? [{ node, kubernetes: seen.value.kubernetes.value, addons: seen.value.addons }]
      : [],
  );
}

/** What is wrong with Kubernetes itself, judged from one observation; nothing where it was not asked. */
export function kubernetesFindings(spec: ClusterSpec, state: ClusterState): readonly Finding[] {
  const nodes = seenIn(state);
  // What is how old is told by clocks.
  const wrong = new Set(clockFindings(state).map(({ node }) => node));
  const right = nodes.filter(({ node }) => !wrong.has(node));
  return [
    ...nodes.flatMap(({ node, kubernetes, addons }) => [
      ...readiness(node, kubernetes),
      ...(kubernetes.served.known ? certificateNames(spec, node, kubernetes.served.value) : []),
      ...expiries(spec, node, kubernetes),
      ...addonFindings(spec, node, kubernetes, addons),
    ]),
    ...etcdFindings(spec, nodes),
    ...snapshotFindings(spec, right, state),
    ...(wrong.size > 0 ? [] : leaseFindings(spec, nodes)),
    ...versionSkew(nodes),
  ];
}

function readiness(node: string, { readyz }: KubernetesSeen): readonly Finding[] {
  return readyz.known && !readyz.value.ready
    ? [
        {
          rule: 'api-server-not-ready',
          severity: 'warning',
          node,
          message: `the API server is not ready${readyz.value.failing.length > 0 ? `: ${readyz.value.failing.join(', ')}` : ''}`,
        },
      ]
    : [];
}

/** A pass takes seconds and comes every ten. */
const addonSilenceMs = 60_000;

/** A rollout keeps the add-ons back for fifteen minutes at most; nothing else should for that long. */
const addonWaitMs = 20 * 60_000;

function addonFindings(
  spec: ClusterSpec,
  node: string,
  { addons }: KubernetesSeen,
  unit: ServiceSeen,
): readonly Finding[] {
  const problem = addons.known ? addonProblem(addons.value, spec.addons ? unit : undefined) : addons.reason;
  if (problem === undefined) return [];
  return [
    {
      rule: 'addons',
      severity: 'warning',
      node,
      message: problem,
      suggestion: 'See journalctl -u k8s-ha-addons on the node.',
    },
  ];
}

/** @param unit of the add-ons, where the cluster has some */
function addonProblem(addons: AddonsSeen | undefined, unit: ServiceSeen | undefined): string | undefined {
  if (!addons) {
    const { active, ageMs = 0 } = unit ?? { active: 'active' };
    if (active !== 'active') return `the add-ons' unit is ${active}`;
    return ageMs < addonSilenceMs ? undefined : `the add-ons' unit has said nothing for ${formatMs(ageMs)}`;
  }
  const { ok, message, ageMs, notAppliedMs } = addons;
  if (!ok) return `the add-ons are not applied: ${message}`;
  if (ageMs >= addonSilenceMs) return `the add-ons were last looked at ${formatMs(ageMs)} ago`;
  return notAppliedMs < addonWaitMs
    ? undefined
    : `the add-ons were last applied ${formatMs(notAppliedMs)} ago: ${message}`;
}

function leaseFindings(
  spec: ClusterSpec,
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
): readonly Finding[] {
  const read = nodes.flatMap(({ kubernetes: { leases } }) => (leases.known ? [leases.value] : []))[0] ?? [];
  return read
    .filter(
      ({ holder, ageMs, durationMs }) =>
        holder !== '' && durationMs > 0 && ageMs.known && ageMs.value > staleDurations * durationMs,
    )
    .map(({ name, holder, ageMs }) => ({
      rule: 'lease-stale',
      severity: 'warning',
      ...nodeIn(spec, holder),
      message: `${holder} holds the lease ${name}, but renewed it ${ageMs.known ? formatMs(ageMs.value) : ''} ago last`,
      reason: 'Nobody does its work: the holder is gone, and no other takes part.',
    }));
}

/** A lease's holder calls itself by its node's name, an underscore and a number. */
function nodeIn({ nodes }: ClusterSpec, holder: string): { readonly node?: string } {
  const found = nodes.find(({ name }) => holder.startsWith(`${name}_`));
  return found === undefined ? {} : { node: found.name };
}

function versionSkew(
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
): readonly Finding[] {
  const minors = nodes.flatMap(({ kubernetes: { version } }) => {
    const minor = version.known ? /^v\d+\.(\d+)\./.exec(version.value)?.[1] : undefined;
    return minor === undefined ? [] : [Number(minor)];
  });
  return Math.max(...minors) - Math.min(...minors) > 1
    ? [
        {
          rule: 'version-skew',
          severity: 'warning',
          message: 'the API servers are more than one minor version apart',
          reason: 'Kubernetes supports one (version skew policy).',
        },
      ]
    : [];
}
