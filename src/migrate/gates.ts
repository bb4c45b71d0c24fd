import { fails, holds, unknowable } from '../core/answer.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type NodeSeen } from '../cluster/state.ts';
import { onNode, type Gate } from '../judge/gate.ts';
import { readyServers } from '../judge/health.ts';
import type { NodeFileSet } from '../render/render.ts';
import { shapeOf } from '../render/shape.ts';

export function readyGate(node: string): Gate {
  return {
    sentence: `HAProxy on ${node} sees an API server that is ready`,
    check: onNode<NodeSeen>(node, (seen) => {
      if (!seen.servers.known) return unknowable(`HAProxy's servers are unknown: ${seen.servers.reason}`);
      return readyServers(seen).length > 0 ? holds : fails('none is ready');
    }),
  };
}

/** Our keepalived has read its file, has listened, and would hold the VIPs if its levers were let go. */
export function asideGate(set: NodeFileSet): Gate {
  return {
    sentence: `keepalived on ${set.node} is ready and takes no VIP`,
    check: onNode(set.node, (seen) => {
      const { keepalived, keepalivedConfig, instances, livez, levers } = seen;
      if (keepalived.active !== 'active') return fails(`keepalived is ${keepalived.active}`);
      if (!keepalivedConfig.known) return unknowable(`what keepalived has read is unknown: ${keepalivedConfig.reason}`);
      if (keepalivedConfig.value !== set.keepalivedConfigRevision)
        return fails('keepalived runs another configuration');
      const startupDelayMs = shapeOf(set.files)?.startupDelayMs ?? 0;
      if (keepalived.ageMs === undefined || keepalived.ageMs <= startupDelayMs)
        return fails(`keepalived listens for ${startupDelayMs} ms before it elects`);
      if (!instances.known) return unknowable(`keepalived's state is unknown: ${instances.reason}`);
      if (instances.value.some(({ state }) => state !== 'FAULT')) return fails('an instance takes part already');
      if (levers['drain']) return fails('the node is drained; end that with `k8s-ha undrain`');
      if (levers['haproxy-down']) return fails('HAProxy is down');
      return livez.known && livez.value === 200 ? holds : fails('HAProxy does not say that it is alive');
    }),
  };
}

export function masterGate(spec: ClusterSpec, node: string): Gate {
  return {
    sentence: `keepalived of k8s-ha on ${node} holds every VIP`,
    check: onNode(node, ({ instances }) => {
      if (!instances.known) return unknowable(`keepalived's state is unknown: ${instances.reason}`);
      const not = spec.endpoint.virtualIPs.filter(
        ({ instance }) => instances.value.find(({ name }) => name === instance)?.state !== 'MASTER',
      );
      return not.length === 0 ? holds : fails(`not ${not.map(({ address }) => address).join(', ')}`);
    }),
  };
}

export function holdsGate(node: string, vips: readonly string[]): Gate {
  return {
    sentence: `${node} holds ${vips.join(' and ')}`,
    check: (state) => {
      const not = vips.filter((vip) => !holdersOf(state, vip).includes(node));
      return not.length === 0
        ? holds
        : fails(`${not.join(', ')}: ${not.flatMap((vip) => holdersOf(state, vip)).join(', ') || 'no holder'}`);
    },
  };
}

/** By an interface of the network: ours has the VIPs on the loopback interface meanwhile. */
export function formerHoldsGate(node: string, vips: readonly string[]): Gate {
  return {
    sentence: `the former keepalived on ${node} holds ${vips.join(' and ')}`,
    check: onNode(node, ({ addresses }) => {
      if (!addresses.known) return unknowable(`its addresses are unknown: ${addresses.reason}`);
      const not = vips.filter(
        (vip) => !addresses.value.some((entry) => entry.address === vip && entry.interface !== 'lo'),
      );
      return not.length === 0 ? holds : fails(`not yet ${not.join(', ')}`);
    }),
  };
}
