import { parseDuration } from '../../core/duration.ts';
import { parseAddress, type Address } from '../../core/ip.ts';
import type { ClusterFile } from './schema.ts';
import {
  nodeRoles,
  type ApiServerSpec,
  type ClusterSpec,
  type EtcdSpec,
  type MachineSpec,
  type NodeSpec,
  type SshSpec,
  type VirtualIpSpec,
} from '../spec.ts';
import type { PinnedTimers } from '../timers.ts';

/** Makes the specification of a checked cluster file: fills in what depends on other values, and spells addresses canonically. */
export function complete(file: ClusterFile): ClusterSpec {
  const { endpoint, failover, etcd } = file;
  const nodes = file.nodes.filter(({ role }) => role === 'control-plane');
  const { podSubnet, serviceSubnet, kubeProxy, coreDNS, workerBalancer, ignorePreflightErrors = [] } = file.kubernetes;
  const ssh = sshSpec(file.ssh);
  const { target, preempt, tellClients, keepConnections, timers } = failover;
  const byDefault = etcd.mode === 'stacked' && nodes.length >= 3;
  return {
    name: file.name,
    endpoint: {
      virtualIPs: virtualIPs(file),
      port: endpoint.port,
      ...(endpoint.dnsName !== undefined && { dnsName: endpoint.dnsName }),
    },
    nodes: nodes.map((node, i) => nodeSpec(node, defaultPriority(i, nodes.length), ssh)),
    workers: file.nodes.filter(({ role }) => role === 'worker').map((node) => machineSpec(node, ssh)),
    kubernetes: {
      ...(podSubnet !== undefined && { podSubnet }),
      ...(serviceSubnet !== undefined && { serviceSubnet }),
      kubeProxy,
      coreDNS,
      workerBalancer,
      ignorePreflightErrors,
    },
    apiServer: apiServerSpec(file),
    etcd: etcdSpec(file),
    failover: {
      targetMs: milliseconds(target),
      ...(failover.hostStall !== undefined && { hostStallMs: milliseconds(failover.hostStall) }),
      fencing: failover.fencing === 'auto' ? byDefault : failover.fencing === 'on',
      preempt,
      tellClients,
      keepConnections,
      timers: pinned(timers),
    },
    ssh,
    runtime: file.runtime,
    images: {
      ...(file.images.haproxy !== undefined && { haproxy: file.images.haproxy }),
      ...(file.images.keepalived !== undefined && { keepalived: file.images.keepalived }),
    },
    haproxy: {
      ...(file.haproxy.maxConnections !== undefined && { maxConnections: file.haproxy.maxConnections }),
      extra: file.haproxy.extra,
    },
    keepalived: {
      extra: file.keepalived.extra,
      ...(file.keepalived.hmacKeyFile !== undefined && { hmacKey: { file: file.keepalived.hmacKeyFile } }),
    },
    guard: file.guard,
    firewall: file.firewall,
    ...(file.addons !== undefined && { addons: { dir: file.addons } }),
  };
}

/** Where the key of a CA is unless the file says it: `ca.key` beside `ca.crt`. */
export function keyBeside(caFile: string): string {
  return `${caFile.replace(/\.[^./]*$/, '')}.key`;
}

/** One CA for servers and clients is kubeadm's way; RKE2 and k3s have two. */
function apiServerSpec({ apiServer }: ClusterFile): ApiServerSpec {
  const { healthCertFile, clientCaFile = apiServer.caFile, ...rest } = apiServer;
  return {
    ...rest,
    ...(healthCertFile !== undefined && { healthCertFile }),
    clientCaFile,
    clientCaKeyFile: apiServer.clientCaKeyFile ?? keyBeside(clientCaFile),
  };
}

function etcdSpec({ etcd: { snapshots, ...rest } }: ClusterFile): EtcdSpec {
  return {
    ...rest,
    ...(snapshots && { snapshots: { everyMs: milliseconds(snapshots.every), keep: snapshots.keep } }),
  };
}

function virtualIPs({ name, endpoint }: ClusterFile): VirtualIpSpec[] {
  const base = endpoint.virtualRouterId ?? derivedRouterId(name);
  return endpoint.virtualIPs.map((text, i) => {
    const { text: address, family } = canonical(text);
    return { address, family, instance: `K8S_API_${i + 1}`, virtualRouterId: base + i };
  });
}

/**
 * A virtual router id from the cluster's name, so that two clusters in one segment rarely share one: FNV-1a (32 bits) into
 * 1–247: there is always room for nine VIPs, so that a further VIP does not change the ids of those that are in use.
 */
export function derivedRouterId(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return 1 + (hash % 247);
}

/** 254, 234, 214, …: near 254 so that the skew is small, 20 apart so that the skews differ; closer where that does not fit. */
function defaultPriority(index: number, count: number): number {
  return 254 - index * Math.min(20, Math.floor(253 / Math.max(1, count - 1)));
}

/** Where the nodes stand in the file's list: those of the control plane, then the workers, as rules count them. */
export function placesOf({ nodes }: ClusterFile): readonly number[] {
  return nodeRoles.flatMap((wanted) => nodes.flatMap(({ role }, i) => (role === wanted ? [i] : [])));
}

function nodeSpec(node: ClusterFile['nodes'][number], priority: number, ssh: SshSpec): NodeSpec {
  return {
    ...machineSpec(node, ssh),
    ...(node.interface !== undefined && { interface: node.interface }),
    priority: node.priority ?? priority,
  };
}

function machineSpec(node: ClusterFile['nodes'][number], ssh: SshSpec): MachineSpec {
  const { text: address, family } = canonical(node.address);
  return {
    name: node.name,
    address,
    family,
    ...(node.secondAddress !== undefined && { secondAddress: canonical(node.secondAddress).text }),
    ssh: node.ssh ? mergeSsh(ssh, sshSpec(node.ssh)) : ssh,
  };
}

function sshSpec({ user, port, options }: ClusterFile['ssh']): SshSpec {
  return {
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
    options: Object.fromEntries(Object.entries(options).map(([key, value]) => [key, optionText(value)])),
  };
}

/** ssh says yes and no where YAML has true and false. */
function optionText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

function mergeSsh(cluster: SshSpec, node: SshSpec): SshSpec {
  return {
    ...cluster,
    ...node,
    options: { ...cluster.options, ...node.options },
  };
}

function pinned(timers: ClusterFile['failover']['timers']): PinnedTimers {
  const values = Object.entries(timers).flatMap(([name, value]): [string, number][] => {
    if (value === undefined) return [];
    return [typeof value === 'string' ? [`${name}Ms`, milliseconds(value)] : [name, value]];
  });
  return Object.fromEntries(values);
}

/** @throws when the schema let something through that is not a duration: a programmer's error. */
function milliseconds(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** @throws when the schema let something through that is not an address: a programmer's error. */
function canonical(text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new Error(`not an address: ${text}`);
  return address;
}
