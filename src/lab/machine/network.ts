import ipaddr from 'ipaddr.js';
import { familyOf } from '../../core/ip.ts';
import { problem, stop } from '../problem.ts';
import type { Runner } from '../process.ts';
import { bridgeMember, clientMember, namespaceOf } from '../names.ts';

/** Which addresses the machines have; `dual`: both, IPv4 as the first. */
export type LabFamily = 'ipv4' | 'ipv6' | 'dual';

/**
 * The lab's one layer-2 segment, the same in every lab: labs do not see each other, and the host sees none of them. Members
 * have the same last part in both families: cp1 is 172.16.217.171 and fd17:216::171.
 */
export const labNetwork = {
  ipv4: { prefix: '172.16.217.', bits: 16 },
  ipv6: { prefix: 'fd17:216::', bits: 64 },
  client: 10,
  firstNode: 171,
  firstWorker: 181,
} as const;

const bridge = 'br0';

/** A member's own address, and where the lab has two families, one of the other. */
export interface Addressed {
  readonly address: string;
  readonly secondAddress?: string;
}

function addressed(member: number, family: LabFamily): Addressed {
  const [ipv4, ipv6] = [`${labNetwork.ipv4.prefix}${member}`, `${labNetwork.ipv6.prefix}${member}`];
  if (family === 'dual') return { address: ipv4, secondAddress: ipv6 };
  return { address: family === 'ipv4' ? ipv4 : ipv6 };
}

/** Addresses of the node with this index: cp1 (0) is 172.16.217.171. */
export function nodeAddresses(index: number, family: LabFamily = 'ipv4'): Addressed {
  return addressed(labNetwork.firstNode + index, family);
}

/** Addresses of the worker with this index: w1 (0) is 172.16.217.181. */
export function workerAddresses(index: number, family: LabFamily = 'ipv4'): Addressed {
  return addressed(labNetwork.firstWorker + index, family);
}

export function clientAddresses(family: LabFamily = 'ipv4'): Addressed {
  return addressed(labNetwork.client, family);
}

/** A fixed hardware address, because a real machine that comes back has the one it had. */
export function macOf(address: string): string {
  return [
    '02',
    '00',
    ...ipaddr
      .parse(address)
      .toByteArray()
      .slice(-4)
      .map((byte) => byte.toString(16).padStart(2, '0')),
  ].join(':');
}

/** Lines for `ip -batch` in the bridge's namespace that make the bridge. */
export function bridgeBatch(): readonly string[] {
  return [`link add ${bridge} type bridge forward_delay 0 mcast_snooping 0`, `link set ${bridge} up`];
}

/** Lines for `ip -batch` in the bridge's namespace that lay a cable from the bridge to a member's eth0. */
export function cableBatch(lab: string, member: string, address: string): readonly string[] {
  return [
    `link add ${member} type veth peer name eth0 address ${macOf(address)} netns ${namespaceOf(lab, member)}`,
    `link set ${member} master ${bridge} up`,
  ];
}

/** Lines for `ip -batch` in a member's namespace. No machine waits a second for duplicates of an address that nobody else has. */
export function memberBatch({ address, secondAddress }: Addressed): readonly string[] {
  return [
    'link set lo up',
    'link set eth0 up',
    ...[address, ...(secondAddress === undefined ? [] : [secondAddress])].map((each) =>
      familyOf(each) === 'ipv6'
        ? `addr add ${each}/${labNetwork.ipv6.bits} dev eth0 nodad`
        : `addr add ${each}/${labNetwork.ipv4.bits} brd + dev eth0`,
    ),
  ];
}

function batch(runner: Runner, what: string, namespace: string, lines: readonly string[]): Promise<string> {
  return runner.must(what, ['ip', '-netns', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

function addNamespace(runner: Runner, namespace: string): Promise<string> {
  return runner.must(`make the network namespace ${namespace}`, ['ip', 'netns', 'add', namespace]);
}

/** Makes the bridge and the client. Nothing is made in the host's own network. */
export async function createNetwork(runner: Runner, client: Addressed): Promise<void> {
  const namespace = namespaceOf(runner.lab, bridgeMember);
  const added = await runner.run(['ip', 'netns', 'add', namespace]);
  if (added.rc !== 0)
    throw stop(
      problem('no-namespaces', `this host cannot make network namespaces: ${added.stderr.trim()}`, {
        reason: 'The machines and the client of the lab each live in one.',
        suggestion: 'In a container, run it privileged (CAP_SYS_ADMIN); on a machine, use a kernel with CONFIG_NET_NS.',
      }),
    );
  await batch(runner, 'make the bridge', namespace, bridgeBatch());
  await plugIn(runner, clientMember, client);
}

/** Gives a member (a node or the client) a namespace with an eth0 that is cabled to the bridge. */
export async function plugIn(runner: Runner, member: string, addresses: Addressed): Promise<void> {
  const namespace = namespaceOf(runner.lab, member);
  await addNamespace(runner, namespace);
  await batch(
    runner,
    `cable ${member} to the bridge`,
    namespaceOf(runner.lab, bridgeMember),
    cableBatch(runner.lab, member, addresses.address),
  );
  await batch(runner, `give ${member} its address`, namespace, memberBatch(addresses));
}

/**
 * Takes a member's cable away, both ends at once. Deleting the member's namespace would do it too, but only when the kernel
 * gets round to it, and until then its name on the bridge is taken.
 */
export async function unplug(runner: Runner, member: string): Promise<void> {
  await runner.run(['ip', '-netns', namespaceOf(runner.lab, bridgeMember), 'link', 'delete', member]);
}

/** Command that cuts a member's cable at the bridge: nothing that the member still does gets out. */
export function cutArgv(lab: string, member: string): readonly string[] {
  return ['ip', '-netns', namespaceOf(lab, bridgeMember), 'link', 'set', member, 'down'];
}
