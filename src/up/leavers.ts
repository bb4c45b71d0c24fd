import type { ClusterSpec } from '../cluster/spec.ts';
import { majority } from '../cluster/spec.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import type { Member } from '../render/shape.ts';
import { look } from './look.ts';
import type { EtcdPart, Leaver, MemberSeen, MachineView } from './model.ts';
import { isBare, isMember, knownViews, serves, type Known } from './plan.ts';

/** How machines are reached that the file does not name, and what the operator says of them. */
export interface LeaveOptions {
  /** Connects to a machine, the way the cluster file says for all. */
  readonly reach: (member: Member) => Host;
  /** Nodes that are off for good, by name or address. */
  readonly without: readonly string[];
  /** Nodes that are to leave although `up` did not make them. */
  readonly leave: readonly string[];
}

/** A member of the cluster that is to leave, and where its machine is to be looked for; nowhere where that is known. */
interface Leaving {
  readonly member: MemberSeen;
  readonly machine: Member | undefined;
}

/** Looks at the machines of nodes that leave. */
export async function seeLeavers(
  spec: ClusterSpec,
  views: readonly MachineView[],
  options: LeaveOptions,
): Promise<readonly Leaver[]> {
  return Promise.all(leaving(spec, views, options.leave).map(async (each) => seeLeaver(spec, each, options)));
}

async function seeLeaver(
  spec: ClusterSpec,
  { member, machine }: Leaving,
  { reach, without }: LeaveOptions,
): Promise<Leaver> {
  const { name, role, address } = member;
  const leaver = { node: name, machine: machine?.name ?? name, role, address, seen: undefined, why: '' };
  const { machine: called } = leaver;
  if ([name, called, address].some((word) => word !== undefined && without.includes(word)))
    return { ...leaver, remains: 'dead' };
  if (!machine)
    return address === undefined
      ? { ...leaver, remains: undefined, why: 'the cluster tells no address of it' }
      : { ...leaver, remains: 'nothing' };
  const seen = await look(spec, machine, role, reach(machine));
  if (!seen.known) return { ...leaver, remains: undefined, why: seen.reason };
  return { ...leaver, remains: isBare(seen.value) ? 'nothing' : 'node', seen: seen.value };
}

/** Nodes of the cluster that are in no line of the file, or whose machine is another one by now. */
function leaving(spec: ClusterSpec, views: readonly MachineView[], asked: readonly string[]): readonly Leaving[] {
  const machines = [...spec.nodes, ...spec.workers];
  const known = knownViews(views);
  return membersOf(known).flatMap((member): readonly Leaving[] => {
    const { name, address } = member;
    const named = machines.find((machine) => machine.name === name);
    if (!named)
      return member.ours || asked.includes(name)
        ? [{ member, machine: address === undefined ? undefined : { name, address } }]
        : [];
    const view = known.find(({ node }) => node === name);
    if (!view || !isBare(view.seen)) return [];
    // The machine that the file names has nothing of this node: installed anew, or another one.
    if (address === undefined || address === named.address || address === named.secondAddress)
      return [{ member: { ...member, address: named.address }, machine: undefined }];
    return [{ member, machine: { name: `${name}@${address}`, address } }];
  });
}

/** All nodes, as the first API server of the file tells that answers. */
function membersOf(known: readonly Known[]): readonly MemberSeen[] {
  const members = known.find(serves)?.seen.members;
  return members?.known ? members.value : [];
}

function etcdOf(known: readonly Known[]): readonly EtcdPart[] | undefined {
  return known.flatMap((view) => (serves(view) && view.seen.etcd.known ? [view.seen.etcd.value] : []))[0];
}

/**
 * What stands in the way of taking nodes out, and what the operator has to know of it.
 * @param underWay changes have begun: API servers that were made a moment ago are waited for before a node leaves
 */
export function leaveFindings(
  spec: ClusterSpec,
  views: readonly MachineView[],
  leavers: readonly Leaver[],
  underWay: boolean,
): readonly Finding[] {
  const known = knownViews(views);
  const machines = [...spec.nodes, ...spec.workers];
  const strangers = membersOf(known).filter(
    ({ name }) => !machines.some((machine) => machine.name === name) && !leavers.some(({ node }) => node === name),
  );
  return [
    ...strangers.map(({ name }) => stranger(name)),
    ...leavers.filter(({ remains }) => remains === undefined).map(silent),
    ...leavers.filter(({ remains }) => remains === 'dead').map(buried),
    ...quorum(known, leavers, underWay),
  ];
}

function stranger(node: string): Finding {
  return {
    rule: 'node-not-in-file',
    severity: 'warning',
    node,
    message: 'it is a node of the cluster, it is not in the file, and `up` did not make it: it stays as it is',
    suggestion: `Put it into the file; or, to take it out: k8s-ha up FILE --leave ${node}.`,
  };
}

function silent({ machine, node, address, why }: Leaver): Finding {
  return {
    rule: 'leaving-unseen',
    severity: 'error',
    node: machine,
    message: `it is not in the file any more, it is a node of the cluster (${address ?? 'without an address'}), and its machine cannot be asked: ${why}`,
    reason: 'Pods, an etcd member and VIPs may go on there, beside those that take their place.',
    suggestion: `Fix the connection; or, if that machine is off for good: --without ${node}.`,
  };
}

function buried({ machine, address }: Leaver): Finding {
  return {
    rule: 'left-behind',
    severity: 'warning',
    node: machine,
    message: `it is taken out without being asked: whatever is on ${address ?? 'it'} stays there`,
    reason: 'If that machine comes back as it was, its kubelet makes a node of it again, and its pods run twice.',
    suggestion: 'Keep it off, or off this network, until `kubeadm reset` was run on it.',
  };
}

/**
 * Whether etcd has its majority after each member that goes. Those that are dead, or have lost their machine, go before new ones
 * join; the others afterwards.
 */
function quorum(known: readonly Known[], leavers: readonly Leaver[], underWay: boolean): readonly Finding[] {
  const voters = etcdOf(known)?.filter(({ learner }) => !learner);
  const going = leavers.filter(({ role, remains }) => role === 'control-plane' && remains !== undefined);
  if (!voters || going.length === 0) return [];
  const answering = new Set([
    ...known.filter((view) => serves(view) || (underWay && isMember(view))).map(({ node }) => node),
    ...going.filter(({ seen }) => seen?.controlPlane === true && seen.members.known).map(({ node }) => node),
  ]);
  const joining = known.filter((view) => view.role === 'control-plane' && !isMember(view)).length;
  let members = voters.length;
  let alive = voters.filter(({ name }) => answering.has(name)).length;
  for (const last of [false, true]) {
    if (last) [members, alive] = [members + joining, alive + joining];
    for (const { node, machine } of going.filter(({ remains }) => (remains === 'node') === last)) {
      if (!voters.some(({ name }) => name === node)) continue;
      members -= 1;
      if (answering.has(node)) alive -= 1;
      if (alive < majority(members)) return [belowQuorum(machine, alive, members)];
    }
  }
  return [];
}

function belowQuorum(node: string, alive: number, members: number): Finding {
  return {
    rule: 'etcd-below-quorum',
    severity: 'error',
    node,
    message: `without it etcd would have ${members} members, of which ${alive === 1 ? '1 answers' : `${alive} answer`}, and needs ${majority(members)}`,
    reason: 'An etcd without its majority takes no writes, and can change its members no more.',
    suggestion: 'Bring the other control-plane nodes back first, or put one more into the file; then run it again.',
  };
}
