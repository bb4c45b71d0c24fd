import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../cluster/state.ts';
import { hmacModes, type NodeFacts } from '../../cluster/timers.ts';
import { paths } from '../../node/paths.ts';
import { canHmac, hmacIn, type HmacSeen } from '../../render/hmac.ts';
import { sha256, type NodeFileSet } from '../../render/render.ts';

/** 0: adverts are not signed; then the place of the mode in `hmacModes`, from 1. Nodes whose levels are one apart hear each other. */
type Level = number;

const enforce: Level = hmacModes.length;

/** What the next rollout makes of signatures. All nodes get the same, because they must understand each other. */
export interface HmacStep {
  readonly level: Level;
  readonly key: string | undefined;
  /** What several rollouts lead to. */
  readonly goal: Level;
  /** Why this rollout gets no nearer to it. */
  readonly waits?: string;
}

interface Running {
  readonly level: Level;
  readonly key: string | undefined;
  /** keepalived has read the files that are there. */
  readonly settled: boolean;
}

/**
 * One step up or down from what the nodes have: in the middle of a rollout, one that signs must still hear one that does not yet
 * (keepalived.conf(5) has the order). A key that changes goes all the way down and up again. Where something is not known, the
 * nodes keep the lowest level among them.
 */
export function hmacStep(spec: ClusterSpec, state: ClusterState): HmacStep {
  const wanted = spec.keepalived.hmacKey;
  // A programmer's error: without the key, every node would stop to sign.
  if (wanted && wanted.key === undefined) throw new Error('the key that signs adverts was not read');
  const nodes = spec.nodes.map(({ name }) => ({ name, seen: seenOf(state, name) }));
  const able = nodes.every(({ seen }) => seen === undefined || ableOf(seen));
  const goal = wanted && able && spec.nodes.length > 1 ? enforce : 0;
  const running = nodes.flatMap(({ seen }) => (seen ? runningOf(seen) : []));
  const levels = running.map(({ level }) => level);
  const [least, most] = [Math.min(...levels), Math.max(...levels)];
  const used = running.find(({ level, key }) => level > 0 && key !== undefined)?.key;
  const hidden = nodes.filter(({ seen }) => seen === undefined).map(({ name }) => name);
  if (running.length === 0) return { goal, key: wanted?.key, level: hidden.length > 0 ? 0 : goal };
  const key = used ?? wanted?.key;
  if (hidden.length > 0) return { goal, key, level: least, waits: `${hidden.join(', ')} cannot be asked` };
  if (running.some(({ settled }) => !settled))
    return { goal, key, level: least, waits: 'a keepalived has not read its files yet' };
  const same = running.every((node) => node.level === 0 || node.key === wanted?.key);
  if (goal === 0) return { goal, key, level: Math.max(0, most - 1) };
  if (same) return { goal, key: wanted?.key, level: Math.min(least + 1, goal) };
  // Nobody signs at the lowest level: there, another key changes nothing.
  return most <= 1 ? { goal, key: wanted?.key, level: 1 } : { goal, key, level: most - 1 };
}

/** What was seen of a node; undefined where it is unknown. */
export function seenOf(state: ClusterState, name: string): NodeSeen | undefined {
  const seen = state.nodes.find(({ node }) => node === name)?.seen;
  return seen?.known === true ? seen.value : undefined;
}

/** Whether its keepalived can sign. */
export function ableOf({ programs: { keepalived } }: NodeSeen): boolean {
  return keepalived.known && keepalived.value !== undefined && canHmac(keepalived.value);
}

/** Whether, and how, its files make it sign; nothing where there are none. */
export function runningOf({ files, keepalived, keepalivedConfig }: NodeSeen): readonly Running[] {
  const found = hmacIn(files);
  if (!found) return [];
  const config = files.find(({ path }) => path === paths.keepalivedConfig)?.content ?? '';
  const loaded = keepalivedConfig.known ? keepalivedConfig.value : undefined;
  return [
    {
      level: levelOf(found),
      key: found.key,
      settled: keepalived.active !== 'active' || loaded === sha256(config),
    },
  ];
}

/** What rendering must know of it. */
export function hmacFacts({ level, key }: HmacStep): Pick<NodeFacts, 'hmac'> {
  const mode = hmacModes[level - 1];
  return mode !== undefined && key !== undefined ? { hmac: { mode, key } } : {};
}

/** Whether nodes would not hear each other on the way from the files that they have to these. */
export function isDeafening(state: ClusterState, sets: readonly NodeFileSet[]): boolean {
  const met = [
    ...state.nodes.flatMap(({ seen }) => (seen.known ? [seen.value.files] : [])),
    ...sets.map(({ files }) => files),
  ]
    .map(hmacIn)
    .filter((found) => found !== undefined);
  const levels = met.map(levelOf);
  const keys = new Set(met.filter((found) => levelOf(found) > 0).map(({ key }) => key));
  return Math.max(...levels) - Math.min(...levels) > 1 || (keys.size > 1 && Math.max(...levels) > 1);
}

function levelOf({ mode }: HmacSeen): Level {
  return mode === undefined ? 0 : hmacModes.indexOf(mode) + 1;
}
