import { peersNeeded } from '../cluster/fencing.ts';
import { isPulled, leverReason } from '../node/lever.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeSeen } from '../cluster/state.ts';
import { readyServers } from './health.ts';
import type { NodeFileSet } from '../render/render.ts';
import { shapeOf } from '../render/shape.ts';

/** A condition that must come true before a rollout goes on. It reads as a sentence and keeps its last error. */
export interface Gate {
  readonly sentence: string;
  /** Why the condition does not hold in this state; undefined when it does. */
  readonly check: (state: ClusterState) => string | undefined;
}

export interface GateResult {
  readonly sentence: string;
  readonly passed: boolean;
  readonly lastError: string | undefined;
  /** Time until it passed or was given up. */
  readonly tookMs: number;
}

/** A check of one node's state, which must be known. */
export function onNode(node: string, check: (seen: NodeSeen) => string | undefined) {
  return (state: ClusterState): string | undefined => {
    const seen = state.nodes.find((entry) => entry.node === node)?.seen;
    if (!seen) return `${node} was not looked at`;
    return seen.known ? check(seen.value) : `${node} is unknown: ${seen.reason}`;
  };
}

/** The running HAProxy has read what was placed, and answers. */
export function haproxyGate(set: NodeFileSet): Gate {
  return {
    sentence: `HAProxy on ${set.node} runs what was placed`,
    check: onNode(set.node, (seen) => haproxyProblem(set, seen)),
  };
}

function haproxyProblem(set: NodeFileSet, seen: NodeSeen): string | undefined {
  if (seen.haproxy.active !== 'active') return `HAProxy is ${seen.haproxy.active}`;
  if (seen.haproxy.unitRevision !== set.haproxyUnitRevision) return 'HAProxy still runs with its former unit';
  if (seen.haproxy.replaced !== undefined) return 'HAProxy still runs its former program';
  if (!seen.haproxyConfig.known) return `HAProxy does not answer: ${seen.haproxyConfig.reason}`;
  return seen.haproxyConfig.value === set.haproxyConfigRevision
    ? undefined
    : 'HAProxy still runs its former configuration';
}

/** The running programs have read what was placed, and HAProxy answers. */
export function servicesGate(set: NodeFileSet): Gate {
  return {
    sentence: `HAProxy and keepalived on ${set.node} run what was placed`,
    check: onNode(set.node, (seen) => {
      const problem = haproxyProblem(set, seen);
      if (problem !== undefined) return problem;
      if (seen.keepalived.active !== 'active') return `keepalived is ${seen.keepalived.active}`;
      if (seen.keepalived.unitRevision !== set.keepalivedUnitRevision)
        return 'keepalived still runs with its former unit';
      if (seen.keepalived.replaced !== undefined) return 'keepalived still runs its former program';
      if (!seen.keepalivedConfig.known) return `what keepalived has read is unknown: ${seen.keepalivedConfig.reason}`;
      if (seen.keepalivedConfig.value !== set.keepalivedConfigRevision)
        return 'keepalived still runs its former configuration';
      return undefined;
    }),
  };
}

/** Every VRRP instance of the node takes part: it holds its VIP or is ready to. */
export function electionGate(spec: ClusterSpec, node: string): Gate {
  return {
    sentence: `${node} takes part in the election of every VIP`,
    check: onNode(node, (seen) => {
      if (!seen.instances.known) return `keepalived's state is unknown: ${seen.instances.reason}`;
      for (const { instance } of spec.endpoint.virtualIPs) {
        const found = seen.instances.value.find(({ name }) => name === instance);
        if (!found) return `keepalived knows no instance ${instance}`;
        if (found.state === 'FAULT') return `${instance} is in FAULT${why(spec, seen)}`;
        if (found.state === 'INIT') return `${instance} has not begun yet`;
      }
      return undefined;
    }),
  };
}

function why(spec: ClusterSpec, seen: NodeSeen): string {
  if (isPulled(seen.levers['drain'])) return `: drained (${leverReason(seen.levers['drain'])})`;
  if (isPulled(seen.levers['haproxy-down'])) return ': HAProxy is down';
  if (seen.livez.known && seen.livez.value === 503)
    return `: fewer than ${peersNeeded(spec)} other nodes are reachable`;
  return '';
}

/**
 * For every VIP that the node holds, another node would take it at once. One whose keepalived was just started only listens
 * (vrrp_startup_delay), and a handover would last until it is done. VIPs that the others do not know yet do not count.
 * @param staying those that the cluster is to keep; one that goes has no successor, and its end was announced.
 */
export function successorGate(node: string, staying?: readonly string[]): Gate {
  return {
    sentence: `another node is ready for every VIP that ${node} holds`,
    check: (state) => {
      const floats = state.nodes.flatMap(({ seen }) =>
        seen.known && seen.value.instances.known
          ? seen.value.instances.value.flatMap(({ addresses }) => addresses)
          : [],
      );
      for (const vip of new Set(floats)) {
        if (staying?.includes(vip) === false || !holdersOf(state, vip).includes(node)) continue;
        const problems = state.nodes
          .filter((other) => other.node !== node)
          .map((other) => onNode(other.node, (seen) => succession(other.node, vip, seen))(state));
        if (!problems.includes(undefined)) return problems.join('; ');
      }
      return undefined;
    },
  };
}

/** Why a node would not take a VIP over at once. */
function succession(node: string, vip: string, { instances, keepalived, files }: NodeSeen): string | undefined {
  if (!instances.known) return `keepalived's state on ${node} is unknown: ${instances.reason}`;
  const found = instances.value.find(({ addresses }) => addresses.includes(vip));
  if (!found) return `keepalived on ${node} does not know ${vip}`;
  if (found.state !== 'BACKUP' && found.state !== 'MASTER') return `${found.name} on ${node} is in ${found.state}`;
  const startupDelayMs = shapeOf(files)?.startupDelayMs ?? 0;
  if (keepalived.ageMs === undefined) return `since when keepalived runs on ${node} is unknown`;
  return keepalived.ageMs > startupDelayMs
    ? undefined
    : `keepalived on ${node} was started ${keepalived.ageMs} ms ago, and listens for ${startupDelayMs} ms`;
}

/**
 * The node's HAProxy sees every API server that it saw ready before; one that was down before is not this rollout's doing, nor
 * is one of a node that leaves.
 */
export function backendsGate({ node, files }: Pick<NodeFileSet, 'node' | 'files'>, before: NodeSeen): Gate {
  const [was, will] = [shapeOf(before.files), shapeOf(files)];
  const names = readyServers(before);
  const members = will?.members ?? [];
  // By address where it can be told: a node may have got another name.
  const addresses = new Set(was?.members.filter(({ name }) => names.includes(name)).map(({ address }) => address));
  const ready = members
    .filter(({ name, address }) => (was ? addresses.has(address) : names.includes(name)))
    .map(({ name }) => name);
  return {
    sentence: `HAProxy on ${node} sees every API server that it saw ready before`,
    check: onNode(node, (seen) => {
      if (!seen.servers.known) return `HAProxy's servers are unknown: ${seen.servers.reason}`;
      const missing = ready.filter((server) => !readyServers(seen).includes(server));
      return missing.length === 0
        ? undefined
        : `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not ready any more`;
    }),
  };
}

/** The heart of it. Unknown nodes make the answer unknown: they may hold the VIP as well. */
export function holderGate(vip: string, { none = false }: { none?: boolean } = {}): Gate {
  return {
    sentence: `${vip} is held by ${none ? 'at most' : 'exactly'} one node`,
    check: (state) => {
      const blind = state.nodes
        .filter(({ seen }) => !seen.known || !seen.value.addresses.known)
        .map(({ node }) => node);
      if (blind.length > 0) return `the addresses of ${blind.join(', ')} are unknown`;
      const holders = holdersOf(state, vip);
      if (holders.length > 1) return `held by ${holders.join(' and ')}`;
      return holders.length === 0 && !none ? 'held by no node' : undefined;
    },
  };
}

export function notHolderGate(node: string, vips: readonly string[]): Gate {
  return {
    sentence: `${node} has given every VIP up`,
    check: (state) => {
      const held = vips.filter((vip) => holdersOf(state, vip).includes(node));
      return held.length === 0 ? undefined : `still holds ${held.join(', ')}`;
    },
  };
}

/**
 * Looks until every gate passes or the time is up.
 * @param look one observation; its own duration paces the loop together with `pauseMs`.
 */
export async function waitForGates(
  gates: readonly Gate[],
  look: () => Promise<ClusterState>,
  {
    timeoutMs,
    pauseMs = 100,
    now,
    sleep,
  }: { timeoutMs: number; pauseMs?: number; now: () => number; sleep: (ms: number) => Promise<void> },
): Promise<readonly GateResult[]> {
  const started = now();
  const passedAt = new Map<Gate, number>();
  for (;;) {
    const state = await look();
    const errors = gates.map((gate) => gate.check(state));
    const late = now() - started >= timeoutMs;
    gates.forEach((gate, i) => {
      if (errors[i] === undefined) passedAt.set(gate, passedAt.get(gate) ?? now() - started);
      else passedAt.delete(gate);
    });
    if (errors.every((error) => error === undefined) || late)
      return gates.map((gate, i) => ({
        sentence: gate.sentence,
        passed: errors[i] === undefined,
        lastError: errors[i],
        tookMs: passedAt.get(gate) ?? now() - started,
      }));
    await sleep(pauseMs);
  }
}
