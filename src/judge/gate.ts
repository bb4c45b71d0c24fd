import { isOpened } from './firewall.ts';
import { peersNeeded } from '../cluster/fencing.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeRunning, type NodeSeen } from '../cluster/state.ts';
import { fails, holds, unknowable, whyNot, type Answer } from '../core/answer.ts';
import type { Clock } from '../core/clock.ts';
import { pullText } from '../node/lever.ts';
import type { NodeFileSet } from '../render/render.ts';
import { shapeOf } from '../render/shape.ts';
import { readyServers } from './health.ts';

/** A condition that must come true before a rollout goes on. It reads as a sentence. */
export interface Gate<Seen extends NodeRunning = NodeSeen> {
  readonly sentence: string;
  readonly check: (state: ClusterState<Seen>) => Answer;
}

/** A gate that also a live view can judge: it needs no more than what runs. */
export type LiveGate = Gate<NodeRunning>;

export interface GateResult {
  readonly sentence: string;
  readonly passed: boolean;
  readonly lastError: string | undefined;
  /** Time until it passed or was given up. */
  readonly tookMs: number;
}

/** A check of one node's state, which must be known. */
export function onNode<Seen extends NodeRunning>(node: string, check: (seen: Seen) => Answer) {
  return (state: ClusterState<Seen>): Answer => {
    const seen = state.nodes.find((entry) => entry.node === node)?.seen;
    if (!seen) return unknowable(`${node} was not looked at`);
    return seen.known ? check(seen.value) : unknowable(`${node} is unknown: ${seen.reason}`);
  };
}

/** The running HAProxy has read what was placed, and answers. */
export function haproxyGate(set: NodeFileSet): Gate {
  return {
    sentence: `HAProxy on ${set.node} runs what was placed`,
    check: onNode(set.node, (seen) => haproxyRuns(set, seen)),
  };
}

function haproxyRuns(set: NodeFileSet, seen: NodeSeen): Answer {
  if (seen.haproxy.active !== 'active') return fails(`HAProxy is ${seen.haproxy.active}`);
  if (seen.haproxy.unitRevision !== set.haproxyUnitRevision) return fails('HAProxy still runs with its previous unit');
  if (seen.haproxy.replaced !== undefined) return fails('HAProxy still runs its previous program');
  if (!seen.haproxyConfig.known) return fails(`HAProxy does not answer: ${seen.haproxyConfig.reason}`);
  return seen.haproxyConfig.value === set.haproxyConfigRevision
    ? holds
    : fails('HAProxy still runs its previous configuration');
}

/** The running programs have read what was placed, and HAProxy answers. */
export function servicesGate(set: NodeFileSet): Gate {
  return {
    sentence: `HAProxy and keepalived on ${set.node} run what was placed`,
    check: onNode(set.node, (seen) => {
      const haproxy = haproxyRuns(set, seen);
      return haproxy.is === 'true' ? keepalivedRuns(set, seen) : haproxy;
    }),
  };
}

function keepalivedRuns(set: NodeFileSet, seen: NodeSeen): Answer {
  if (seen.keepalived.active !== 'active') return fails(`keepalived is ${seen.keepalived.active}`);
  if (seen.keepalived.unitRevision !== set.keepalivedUnitRevision)
    return fails('keepalived still runs with its previous unit');
  if (seen.keepalived.replaced !== undefined) return fails('keepalived still runs its previous program');
  if (seen.keepalived.hearsLevers === undefined) return unknowable('whether keepalived hears its levers is unknown');
  if (!seen.keepalived.hearsLevers)
    return fails('keepalived hears no lever: the kernel had no inotify instance left when it started');
  if (!seen.keepalivedConfig.known)
    return unknowable(`what keepalived has read is unknown: ${seen.keepalivedConfig.reason}`);
  if (seen.keepalivedConfig.value !== set.keepalivedConfigRevision)
    return fails('keepalived still runs its previous configuration');
  // Where nft cannot, there is nothing to wait for: preflight has said so.
  const { able, loaded } = seen.guard;
  if (able.known && able.value && loaded !== set.guardRevision)
    return fails(loaded === undefined ? 'the guard is not loaded' : 'the guard has its previous rules');
  return isOpened(set.firewallRevision, seen);
}

/** Every VRRP instance of the node takes part: it holds its VIP or is ready to. */
export function electionGate(spec: ClusterSpec, node: string): LiveGate {
  return {
    sentence: `${node} takes part in the election of every VIP`,
    check: onNode(node, (seen) => {
      // Where no keepalived runs there is nothing to ask: that is an error of the node, and not unknown.
      if (!runsOrUnknown(seen.keepalived.active)) return fails(`keepalived is ${seen.keepalived.active}`);
      if (!seen.instances.known) return unknowable(`keepalived's state is unknown: ${seen.instances.reason}`);
      for (const { instance } of spec.endpoint.virtualIPs) {
        const found = seen.instances.value.find(({ name }) => name === instance);
        if (!found) return fails(`keepalived knows no instance ${instance}`);
        if (found.state === 'FAULT') return fails(`${instance} is in FAULT${faultCause(spec, seen)}`);
        if (found.state === 'INIT') return fails(`${instance} has not begun yet`);
      }
      return holds;
    }),
  };
}

function runsOrUnknown(active: string): boolean {
  return active === 'active' || active === 'unknown';
}

function faultCause(spec: ClusterSpec, seen: NodeRunning): string {
  const drain = seen.levers['drain'];
  if (drain) return `: drained ${drain.by === 'operator' ? `(${pullText(drain)})` : pullText(drain)}`;
  if (seen.levers['haproxy-down']) return ': HAProxy is down';
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
        const answers = state.nodes
          .filter((other) => other.node !== node)
          .map((other) => onNode<NodeSeen>(other.node, (seen) => succession(other.node, vip, seen))(state));
        if (answers.every((answer) => answer.is !== 'true')) return noneOf(answers);
      }
      return holds;
    },
  };
}

/** No answer is true: unknown as long as one of them could turn out to be. */
function noneOf(answers: readonly Answer[]): Answer {
  const reasons = answers.map(whyNot).join('; ');
  return answers.some(({ is }) => is === 'unknown') ? unknowable(reasons) : fails(reasons);
}

/** Whether a node would take a VIP over at once. */
function succession(node: string, vip: string, { instances, keepalived, files }: NodeSeen): Answer {
  if (!runsOrUnknown(keepalived.active)) return fails(`keepalived on ${node} is ${keepalived.active}`);
  if (!instances.known) return unknowable(`keepalived's state on ${node} is unknown: ${instances.reason}`);
  const found = instances.value.find(({ addresses }) => addresses.includes(vip));
  if (!found) return fails(`keepalived on ${node} does not know ${vip}`);
  if (found.state !== 'BACKUP' && found.state !== 'MASTER')
    return fails(`${found.name} on ${node} is in ${found.state}`);
  const startupDelayMs = shapeOf(files)?.startupDelayMs ?? 0;
  if (keepalived.ageMs === undefined) return unknowable(`since when keepalived runs on ${node} is unknown`);
  return keepalived.ageMs > startupDelayMs
    ? holds
    : fails(`keepalived on ${node} was started ${keepalived.ageMs} ms ago, and listens for ${startupDelayMs} ms`);
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
    check: onNode(node, (seen) => serversReady(seen, ready, 'any more')),
  };
}

/** HAProxy of a node finds every API server of the cluster ready. */
export function serversGate(spec: ClusterSpec, node: string): LiveGate {
  return {
    sentence: `HAProxy on ${node} finds every API server ready`,
    check: onNode(node, (seen) =>
      serversReady(
        seen,
        spec.nodes.map(({ name }) => name),
        '',
      ),
    ),
  };
}

function serversReady(seen: NodeRunning, wanted: readonly string[], since: 'any more' | ''): Answer {
  if (!seen.servers.known) return unknowable(`HAProxy's servers are unknown: ${seen.servers.reason}`);
  const ready = readyServers(seen);
  const missing = wanted.filter((server) => !ready.includes(server));
  return missing.length === 0
    ? holds
    : fails(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not ready${since === '' ? '' : ` ${since}`}`);
}

/** The heart of it. Unknown nodes make the answer unknown: they may hold the VIP as well. */
export function holderGate(vip: string, { none = false }: { none?: boolean } = {}): LiveGate {
  return {
    sentence: `${vip} is held by ${none ? 'at most' : 'exactly'} one node`,
    check: (state) => {
      const holders = holdersOf(state, vip);
      if (holders.length > 1) return fails(`held by ${holders.join(' and ')}`);
      const blind = state.nodes.filter(({ seen }) => !seen.known || !seen.value.addresses.known);
      if (blind.length > 0)
        return unknowable(`the addresses of ${blind.map(({ node }) => node).join(', ')} are unknown`);
      return holders.length === 0 && !none ? fails('held by no node') : holds;
    },
  };
}

/** A node that was made to boot: until it does, it may look well. What it had in /run is gone then, the lock too. */
export function bootedGate(node: string, lockToken: string): LiveGate {
  return {
    sentence: `${node} has booted again`,
    check: onNode(node, ({ lock }) => (lock?.token === lockToken ? fails('it has not gone down yet') : holds)),
  };
}

export function reachedGate(node: string): LiveGate {
  return { sentence: `${node} can be reached`, check: onNode(node, () => holds) };
}

export function notHolderGate(node: string, vips: readonly string[]): LiveGate {
  return {
    sentence: `${node} has given every VIP up`,
    check: onNode(node, (seen) => {
      if (!seen.addresses.known) return unknowable(`the addresses of ${node} are unknown: ${seen.addresses.reason}`);
      const addresses = seen.addresses.value.map(({ address }) => address);
      const held = vips.filter((vip) => addresses.includes(vip));
      return held.length === 0 ? holds : fails(`still holds ${held.join(', ')}`);
    }),
  };
}

/**
 * Looks until every gate passes or the time is up. What is unknown is waited for as what is false is.
 * @param look one observation; its own duration paces the loop together with `pauseMs`.
 */
export async function waitForGates(
  gates: readonly Gate[],
  look: () => Promise<ClusterState>,
  { timeoutMs, pauseMs = 100, clock }: { timeoutMs: number; pauseMs?: number; clock: Clock },
): Promise<readonly GateResult[]> {
  const started = clock.monotonicMs();
  const passedAt = new Map<Gate, number>();
  for (;;) {
    const state = await look();
    const answers = gates.map((gate) => gate.check(state));
    const tookMs = clock.monotonicMs() - started;
    gates.forEach((gate, i) => {
      if (answers[i]?.is === 'true') passedAt.set(gate, passedAt.get(gate) ?? tookMs);
      else passedAt.delete(gate);
    });
    if (answers.every(({ is }) => is === 'true') || tookMs >= timeoutMs)
      return gates.map((gate, i) => {
        const answer = answers[i] ?? unknowable('it was not checked');
        return {
          sentence: gate.sentence,
          passed: answer.is === 'true',
          lastError: whyNot(answer),
          tookMs: passedAt.get(gate) ?? tookMs,
        };
      });
    await clock.sleep(pauseMs);
  }
}
