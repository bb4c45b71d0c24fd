import type { PackageManagerName } from '../../cluster/distribution.ts';
import type { ClusterSpec, NodeSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../cluster/state.ts';
import { assumedFacts, type NodeFacts } from '../../cluster/timers.ts';
import { known, type Observed } from '../../core/observed.ts';
import type { Version } from '../../core/version.ts';
import { ipOf } from '../../node/distributions.ts';
import { paths } from '../../node/paths.ts';
import { guardedMacs, ownMacIn, type OwnMac } from '../../render/guard.ts';
import { hmacFacts, hmacStep } from './hmac.ts';
import { healthCertFacts } from './kubernetes/health-check.ts';
import type { RequiredProgram } from '../../render/runtimes/runtime.ts';

/**
 * What rendering must know of a node. Programs that are not there yet are assumed to come in Debian 12's version: `apply`
 * installs them, asks again, and renders again.
 * @returns undefined when the node's interface cannot be told; preflight says why.
 */
export function factsOf(node: NodeSpec, seen: NodeSeen): NodeFacts | undefined {
  const { keepalived, haproxy } = seen.programs;
  const images = seen.containers?.images;
  const iface = node.interface ?? interfaceOf(node, seen);
  if (iface === undefined) return undefined;
  return {
    keepalived: (keepalived.known ? keepalived.value : undefined) ?? assumedFacts.keepalived,
    haproxy: (haproxy.known ? haproxy.value : undefined) ?? assumedFacts.haproxy,
    interface: iface,
    ...(ipOf(seen.release) !== ipOf(undefined) && { ip: ipOf(seen.release) }),
    nofile: seen.nofile,
    caPresent: seen.caPresent,
    ...(seen.caDigest !== undefined && { caDigest: seen.caDigest }),
    ...(images?.haproxy !== undefined &&
      images.keepalived !== undefined && { images: { haproxy: images.haproxy, keepalived: images.keepalived } }),
  };
}

/** The version of a program that a node needs, wherever it is. */
export function programSeen(
  { programs, containers }: NodeSeen,
  program: RequiredProgram['program'],
): Observed<Version | undefined> {
  return program === 'podman' || program === 'crun' ? (containers?.[program] ?? known(undefined)) : programs[program];
}

/** What installs packages on a node; undefined where nothing does that is known. */
export function managerOn(state: ClusterState, node: string): PackageManagerName | undefined {
  const seen = state.nodes.find((entry) => entry.node === node)?.seen;
  return seen?.known === true && seen.value.packageManager !== 'other' ? seen.value.packageManager : undefined;
}

/** The nodes that were seen, with what rendering and the solver must know of each. */
export function knownFacts(
  spec: ClusterSpec,
  state: ClusterState,
): readonly { readonly node: NodeSpec; readonly facts: NodeFacts }[] {
  const signing = hmacFacts(hmacStep(spec, state));
  return spec.nodes.flatMap((node) => {
    const seen = state.nodes.find((entry) => entry.node === node.name)?.seen;
    if (seen?.known !== true) return [];
    const facts = factsOf(node, seen.value);
    return facts
      ? [
          {
            node,
            facts: { ...facts, ...macsFor(spec, state, seen.value), ...healthCertFacts(spec, seen.value), ...signing },
          },
        ]
      : [];
  });
}

/** Of each node what it says itself; of one that was not seen what this one heard it from until now. */
function macsFor(spec: ClusterSpec, state: ClusterState, { files }: NodeSeen): Pick<NodeFacts, 'macs'> {
  if (spec.guard !== 'macs') return {};
  const before = guardedMacs(files.find(({ path }) => path === paths.guard)?.content ?? '');
  const macs = spec.nodes.flatMap((node) => {
    const seen = state.nodes.find((entry) => entry.node === node.name)?.seen;
    const mac = seen?.known === true ? macOf(node, seen.value) : before[node.address];
    return mac === undefined ? [] : [[node.name, mac] as const];
  });
  return { macs: Object.fromEntries(macs) };
}

/** The hardware address that the node sends from; undefined where it is unknown, or may become another. */
export function macOf(node: NodeSpec, seen: NodeSeen): string | undefined {
  const name = node.interface ?? interfaceOf(node, seen);
  return name === undefined ? undefined : seen.macs[name];
}

/** A node with another hardware address than the one that the others hear it from; undefined where it is heard. */
export function unheard({
  files,
  addresses,
}: NodeSeen): { readonly expected: OwnMac; readonly mac: string } | undefined {
  const expected = ownMacIn(files);
  const mac = addresses.known
    ? addresses.value.find((entry) => entry.interface === expected?.interface)?.mac
    : undefined;
  return expected === undefined || mac === undefined || mac === expected.mac ? undefined : { expected, mac };
}

/** The interface that has the node's address. */
export function interfaceOf(node: NodeSpec, seen: NodeSeen): string | undefined {
  return seen.addresses.known
    ? seen.addresses.value.find(({ address }) => address === node.address)?.interface
    : undefined;
}

/** The node's own prefixes on its interface, without the VIPs: `172.16.0.0/16` as `172.16.217.171/16`. */
export function prefixesOf(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen): readonly string[] {
  if (!seen.addresses.known) return [];
  const iface = node.interface ?? interfaceOf(node, seen);
  const vips = new Set(spec.endpoint.virtualIPs.map(({ address }) => address));
  return seen.addresses.value
    .filter((entry) => entry.interface === iface && !vips.has(entry.address))
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`);
}
