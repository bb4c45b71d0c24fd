import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeSeen } from '../cluster/state.ts';
import type { Finding, FindingId } from '../core/finding.ts';
import { familyOf } from '../core/ip.ts';
import { guardable, keepable } from './guard.ts';
import { images, programs } from './programs.ts';
import { takenPorts, type HandedOver } from './ports.ts';
import { interfaceOf } from '../observe/once/facts.ts';
import { healthCheckObstacles } from './health-check.ts';
import { confined } from './confinement.ts';
import { apart, vipsElsewhere } from './segments.ts';
import { hmacObstacles } from './hmac.ts';
import { unreached } from './reach.ts';

/** What stands in the way of a rollout, judged from what was seen on the nodes. Errors stop `apply` before it touches anything. */
export function preflight(
  spec: ClusterSpec,
  state: ClusterState,
  handedOver: HandedOver = () => false,
): readonly Finding[] {
  return spec.nodes.flatMap((node) => {
    const found = state.nodes.find((entry) => entry.node === node.name)?.seen;
    if (found === undefined) return [];
    if (!found.known)
      return [
        {
          rule: 'node-unreachable',
          severity: 'error',
          node: node.name,
          message: found.reason,
          reason: 'A rollout that leaves a node behind would make the nodes disagree.',
        },
      ];
    return [
      ...checks.flatMap((check) => check(spec, node, found.value, state)),
      ...takenPorts(spec, node, found.value, handedOver),
    ].map((finding) => ({ ...finding, node: node.name }));
  });
}

type Check = (spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState) => readonly Finding[];

const signing: Check = (spec, { name }, seen, state) => hmacObstacles(spec, name, seen, state);

function answers({ healthCheck: check }: NodeSeen, status: number): boolean {
  return check?.answer?.known === true && check.answer.value === status;
}

/**
 * An API server that starts answers 403 to everybody until it has read who may do what, which is the cluster's: where another one
 * lets the same request in, nothing is refused.
 */
const healthCheck: Check = (spec, _node, seen, { nodes }) => {
  const starts = answers(seen, 403) && nodes.some((other) => other.seen.known && answers(other.seen.value, 200));
  return healthCheckObstacles(spec, seen).filter(({ rule }) => !starts || !refusals.includes(rule));
};

const refusals: readonly FindingId[] = ['anonymous-refused', 'health-certificate-refused'];

const system: Check = (_spec, _node, seen) =>
  seen.systemd
    ? []
    : [
        {
          rule: 'no-systemd',
          severity: 'error',
          message: `${seen.os} does not run systemd`,
          reason: 'The services and their levers are systemd units.',
          suggestion: 'Use a distribution with systemd.',
        },
      ];

const network: Check = (spec, node, seen) => {
  if (!seen.addresses.known)
    return [
      {
        rule: 'addresses-unknown',
        severity: 'error',
        message: `the node's addresses cannot be read: ${seen.addresses.reason}`,
      },
    ];
  const holder = interfaceOf(node, seen);
  if (holder === undefined)
    return [
      {
        rule: 'node-address-absent',
        severity: 'error',
        message: `no interface has the address ${node.address}`,
        reason: 'keepalived and HAProxy would talk from an address that the peers do not know.',
        suggestion: `Set the node's address to one of: ${seen.addresses.value.map(({ address }) => address).join(', ')}.`,
      },
    ];
  if (node.interface !== undefined && node.interface !== holder)
    return [
      {
        rule: 'wrong-interface',
        severity: 'error',
        message: `${node.address} is on ${holder}, not on ${node.interface}`,
        suggestion: `Leave "interface" out, or set it to ${holder}.`,
      },
    ];
  const { secondAddress } = node;
  const second = seen.addresses.value.find(({ address }) => address === secondAddress);
  if (secondAddress !== undefined && second?.interface !== holder)
    return [
      {
        rule: 'second-address-absent',
        severity: 'error',
        message: second
          ? `${secondAddress} is on ${second.interface}, not on ${holder} as ${node.address} is`
          : `no interface has the address ${secondAddress}`,
        reason: 'The VIPs of its family move by messages between these addresses, on one interface.',
        suggestion: `Set secondAddress to one of: ${seen.addresses.value
          .filter((entry) => entry.interface === holder && familyOf(entry.address) !== node.family)
          .map(({ address }) => address)
          .join(', ')}.`,
      },
    ];
  return vipsElsewhere(spec, node, seen);
};

const wire: Check = (spec, _node, seen, state) => {
  // A node that was not seen may be the one that answers; that it was not seen is an error of its own.
  if (state.nodes.some((entry) => !entry.seen.known || !entry.seen.value.addresses.known)) return [];
  const ours = new Set(
    state.nodes.flatMap((entry) =>
      entry.seen.known && entry.seen.value.addresses.known
        ? entry.seen.value.addresses.value.map(({ mac }) => mac)
        : [],
    ),
  );
  return spec.endpoint.virtualIPs.flatMap(({ address }): Finding[] => {
    const mac = seen.neighbours[address];
    if (mac === undefined || ours.has(mac) || holdersOf(state, address).length > 0) return [];
    return [
      {
        rule: 'vip-taken',
        severity: 'error',
        message: `the VIP ${address} is already answered on the wire by ${mac}, which is none of the nodes`,
        reason: 'Two machines with one address: clients would reach one or the other by chance.',
        suggestion: 'Choose a free address, or take it off the other machine.',
      },
    ];
  });
};

const disk: Check = (_spec, _node, seen) => {
  if (seen.writable.known && !seen.writable.value)
    return [
      {
        rule: 'etc-read-only',
        severity: 'error',
        message: '/etc is read-only',
        reason: 'Units and configuration could not be placed.',
        suggestion: 'Remount it writable (mount -o remount,rw /), and see in the kernel log why it went read-only.',
      },
    ];
  if ((seen.freeKiB.known && seen.freeKiB.value < 1024) || !seen.writable.known)
    return [
      {
        rule: 'disk-full',
        severity: 'error',
        message: seen.writable.known
          ? 'less than 1 MiB is free on the file system of /etc'
          : `/etc cannot be written: ${seen.writable.reason}`,
        suggestion: 'Free some space on the node, then run this again.',
      },
    ];
  return [];
};

/** A start of each of our programs, and what a control plane may start besides. */
const fewestWatches = 8;

const watches: Check = (_spec, _node, seen) => {
  if (!seen.watches || seen.watches.limit - seen.watches.used >= fewestWatches) return [];
  const { limit, used } = seen.watches;
  return [
    {
      rule: 'inotify-short',
      severity: 'warning',
      message: `root's programs use ${used} of ${limit} inotify instances`,
      reason: 'A keepalived that gets none when it starts does not hear of a drain, nor of a HAProxy that has ended.',
      suggestion: 'sysctl -w fs.inotify.max_user_instances=1024, and the same in a file of /etc/sysctl.d.',
    },
  ];
};

/** Only a warning: the name is often made after the endpoint, and a load balancer of one's own may stand before it. */
const dnsName: Check = ({ endpoint }, _node, { dns }) => {
  const { dnsName: name, virtualIPs } = endpoint;
  if (name === undefined) return [];
  const vips = virtualIPs.map(({ address }) => address);
  const suggestion = `Let it resolve to ${vips.join(' and ')}, in the DNS or in /etc/hosts of every node.`;
  if (!dns.known)
    return [
      {
        rule: 'dns-name-unresolved',
        severity: 'warning',
        message: `the endpoint's name ${name} does not resolve on the node`,
        reason: 'kubeadm writes it into every kubeconfig: the kubelet would not find the API.',
        suggestion,
      },
    ];
  const strangers = dns.value.filter((address) => !vips.includes(address));
  const missing = vips.filter((vip) => !dns.value.includes(vip));
  return [
    ...(strangers.length === 0
      ? []
      : [
          {
            rule: 'dns-name-elsewhere' as const,
            severity: 'warning' as const,
            message: `the endpoint's name ${name} resolves to ${strangers.join(', ')} on the node, which is no VIP`,
            reason: 'Clients that choose that address do not come here, and no failover helps them.',
            suggestion,
          },
        ]),
    ...(missing.length === 0
      ? []
      : [
          {
            rule: 'dns-name-misses-vip' as const,
            severity: 'info' as const,
            message: `the endpoint's name ${name} does not resolve to ${missing.join(', ')} on the node`,
            reason: 'Clients of the name never use that VIP.',
            suggestion,
          },
        ]),
  ];
};

const lessons: Check = (spec, _node, seen) => {
  const findings: Finding[] = [];
  if (!seen.caPresent)
    findings.push({
      rule: 'ca-missing',
      severity: 'warning',
      message: `${spec.apiServer.caFile} does not exist on the node yet`,
      reason: 'Health checks cannot verify the API servers; clients still do.',
      suggestion: 'Run `k8s-ha apply` again after kubeadm init or join.',
    });
  if (seen.clock.known && Math.abs(seen.clock.value.offsetMs) - seen.clock.value.errorMs > 2000)
    findings.push({
      rule: 'clock-off',
      severity: 'warning',
      message: `the clock is ${(Math.abs(seen.clock.value.offsetMs) / 1000).toFixed(1)} s ${seen.clock.value.offsetMs > 0 ? 'ahead of' : 'behind'} this machine's`,
      reason: 'etcd and certificates need clocks that agree.',
      suggestion: 'Run chrony or systemd-timesyncd.',
    });
  return findings;
};

const checks: readonly Check[] = [
  system,
  programs,
  images,
  network,
  wire,
  apart,
  unreached,
  confined,
  guardable,
  signing,
  disk,
  dnsName,
  watches,
  lessons,
  healthCheck,
  keepable,
];
