/**
 * A model of who holds one VIP: nodes, what they hear of each other, their HAProxy and keepalived. Small enough that every
 * reachable state can be looked at. Time is left out: what the timers bound is that each step comes; in which order the steps of
 * different nodes come is not bounded, so every order is tried.
 */
export type Role =
  /** Stands by. */
  | 'backup'
  /** Holds the VIP and says so. */
  | 'master'
  /** Gave the VIP up: its HAProxy does not work, or it misses the majority. */
  | 'fault'
  /** Gave the VIP up because a better holder is known to nodes that its majority needs. */
  | 'refused'
  /** Holds the VIP, says nothing and reacts to nothing. */
  | 'hung'
  /** keepalived was killed and its unit has taken the VIP off, or the node has no power. */
  | 'off';

export interface NodeState {
  readonly power: boolean;
  /** HAProxy answers. */
  readonly proxy: boolean;
  readonly role: Role;
}

/** Who hears whom: `hears[i][j]` is true when what j sends arrives at i. */
export type Network = readonly (readonly boolean[])[];

export interface State {
  readonly nodes: readonly NodeState[];
  readonly network: Network;
}

export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** A question and its answer arrive. A dead HAProxy does not matter: a refused connection is an answer too. */
function answers({ nodes, network }: State, i: number, j: number): boolean {
  return i !== j && nodes[j]?.power === true && network[i]?.[j] === true && network[j]?.[i] === true;
}

export function seesMajority(state: State, i: number): boolean {
  return 1 + state.nodes.filter((_, j) => answers(state, i, j)).length >= majorityOf(state.nodes.length);
}

/** By what a node that holds the VIP decides that it may. */
export type Rule =
  /** Nobody asks. */
  | 'none'
  /** A majority answers it. */
  | 'majority'
  /** A majority answers it, and no node that this majority needs refuses it: what is rendered. */
  | 'support';

/** What HAProxy of `j` knows of `k`: that it holds the VIP. The node itself says so, and the others when they ask. */
function claims(state: State, j: number, k: number): boolean {
  const node = state.nodes[k];
  return node?.power === true && node.proxy && node.role === 'master' && (k === j || answers(state, j, k));
}

/** `j`, asked by `i`, refuses it: it knows a better holder, or, where `i` holds nothing, any other. */
function refuses(state: State, j: number, i: number): boolean {
  const { nodes } = state;
  return (
    answers(state, i, j) &&
    nodes[j]?.proxy === true &&
    nodes.some((_, k) => k !== i && (nodes[i]?.role !== 'master' || k < i) && claims(state, j, k))
  );
}

/** Too few are left to `i` when those who refuse it are not counted. Who cannot be asked refuses nobody. */
function isRefused(state: State, i: number): boolean {
  const asked = state.nodes.flatMap(({ proxy }, j) => (proxy && answers(state, i, j) ? [j] : []));
  const refusing = asked.filter((j) => refuses(state, j, i)).length;
  return refusing > 0 && 1 + asked.length - refusing < majorityOf(state.nodes.length);
}

/** What a node that was refused does: it stands by once nobody else is known to hold the VIP, or a holder asks it itself. */
function afterRefusal(state: State, i: number, rule: Rule): Role | undefined {
  if (state.nodes[i]?.proxy === false) return 'fault';
  const hearsHolder = state.nodes.some((_, k) => k !== i && claims(state, i, k));
  if (rule === 'support' && isRefused(state, i) && !hearsHolder) return undefined;
  return rule === 'none' || seesMajority(state, i) ? 'backup' : 'fault';
}

/** Adverts that arrive at `i` from a living master. */
function heard({ nodes, network }: State, i: number): number[] {
  return nodes.flatMap(({ role }, j) => (i !== j && role === 'master' && network[i]?.[j] === true ? [j] : []));
}

/** Holds the VIP on an interface. */
export function holds({ power, role }: NodeState): boolean {
  return power && (role === 'master' || role === 'hung');
}

function withNode(state: State, i: number, change: Partial<NodeState>): State {
  return {
    ...state,
    nodes: state.nodes.map((node, j) => (i === j ? { ...node, ...change } : node)),
  };
}

/** What a node does next by itself; undefined when nothing. Priorities fall with the index; nobody preempts. */
function nextRole(state: State, i: number, { proxy, role }: NodeState, rule: Rule): Role | undefined {
  // systemd's watchdog ends it, and its unit takes the VIP off.
  if (role === 'hung') return 'off';
  if (role === 'off') return 'backup';
  if (role === 'refused') return afterRefusal(state, i, rule);
  const unfit = rule !== 'none' && !seesMajority(state, i);
  if (role === 'fault') return unfit || !proxy ? undefined : 'backup';
  if (unfit || !proxy) return 'fault';
  if (rule === 'support' && role === 'master' && isRefused(state, i)) return 'refused';
  if (role === 'backup') return heard(state, i).length === 0 ? 'master' : undefined;
  return heard(state, i).some((j) => j < i) ? 'backup' : undefined;
}

/**
 * The steps that the nodes take by themselves.
 * @param rule by which a node gives the VIP up, or does not take it
 */
export function steps(state: State, rule: Rule = 'support'): State[] {
  return [...roleSteps(state, rule), ...goodbyes(state, rule)];
}

/** Each node's own step, whatever the others do. */
export function roleSteps(state: State, rule: Rule): State[] {
  return state.nodes.flatMap((_, i) => {
    const role = roleAfter(state, i, rule);
    return role === undefined ? [] : [withNode(state, i, { role })];
  });
}

function roleAfter(state: State, i: number, rule: Rule): Role | undefined {
  const node = state.nodes[i];
  return node?.power === true ? nextRole(state, i, node, rule) : undefined;
}

/**
 * A holder that gives the VIP up says so, with priority 0, and who hears that waits no longer than its skew: a node that hears
 * another holder too may take the VIP before that one's next advert comes, and so may several at once. Each of these states has a
 * step without a goodbye, too, so that they add nothing to where the nodes can come to rest from every state.
 */
function goodbyes(state: State, rule: Rule): State[] {
  return state.nodes.flatMap(({ role }, i) => {
    const after = role === 'master' ? roleAfter(state, i, rule) : undefined;
    if (after !== 'fault' && after !== 'refused') return [];
    const takers = state.nodes.flatMap((node, j) =>
      node.power && node.role === 'backup' && state.network[j]?.[i] === true ? [j] : [],
    );
    const left = withNode(state, i, { role: after });
    return nonEmptySubsets(takers).map((taking) =>
      taking.reduce((next, j) => withNode(next, j, { role: 'master' }), left),
    );
  });
}

function nonEmptySubsets(of: readonly number[]): readonly (readonly number[])[] {
  return of.reduce<readonly (readonly number[])[]>(
    (sets, one) => [...sets, [one], ...sets.map((set) => [...set, one])],
    [],
  );
}

/** What happens to the nodes. */
export type Blow =
  | { readonly kind: 'power' | 'proxy' | 'keepalived-killed' | 'keepalived-hung'; readonly node: number }
  | { readonly kind: 'network'; readonly network: Network };

/** Every blow; each may come at any moment, also while a failover is under way. */
export function allBlows(count: number, networks: readonly Network[]): readonly Blow[] {
  return [
    ...Array.from({ length: count }, (_, node) =>
      (['power', 'proxy', 'keepalived-killed', 'keepalived-hung'] as const).map((kind): Blow => ({ kind, node })),
    ).flat(),
    ...networks.map((network): Blow => ({ kind: 'network', network })),
  ];
}

/** The state right after a blow; undefined where it can hit nothing. Power and proxy go, or come back. */
export function struck(state: State, blow: Blow): State | undefined {
  if (blow.kind === 'network') return blow.network === state.network ? undefined : { ...state, network: blow.network };
  const node = state.nodes[blow.node];
  if (!node) return undefined;
  if (blow.kind === 'power')
    return withNode(state, blow.node, node.power ? { power: false, proxy: true, role: 'off' } : { power: true });
  if (!node.power) return undefined;
  if (blow.kind === 'proxy') return withNode(state, blow.node, { proxy: !node.proxy });
  if (blow.kind === 'keepalived-killed')
    return node.role === 'off' ? undefined : withNode(state, blow.node, { role: 'off' });
  return node.role === 'master' ? withNode(state, blow.node, { role: 'hung' }) : undefined;
}

function all(count: number, hears: (i: number, j: number) => boolean): Network {
  return Array.from({ length: count }, (_, i) => Array.from({ length: count }, (__, j) => hears(i, j)));
}

/** Every way to cut the nodes into groups that do not hear each other; the whole network first. */
export function partitions(count: number): Network[] {
  const groupings = (placed: readonly number[]): number[][] =>
    placed.length === count
      ? [[...placed]]
      : Array.from({ length: Math.max(-1, ...placed) + 2 }, (_, group) => groupings([...placed, group])).flat();
  return groupings([]).map((group) => all(count, (i, j) => group[i] === group[j]));
}

/** One node hears nobody, or is heard by nobody. */
export function oneWayCuts(count: number): Network[] {
  return Array.from({ length: count }, (_, one) => [
    all(count, (i, j) => i === j || i !== one),
    all(count, (i, j) => i === j || j !== one),
  ]).flat();
}

/** Two nodes do not hear each other, and every other one hears both. */
export function pairCut(count: number, a: number, b: number): Network {
  return all(count, (i, j) => !((i === a && j === b) || (i === b && j === a)));
}

function keyOf({ nodes, network }: State, networks: readonly Network[]): string {
  return `${networks.indexOf(network)}${nodes.map(({ power, proxy, role }) => `${power ? 1 : 0}${proxy ? 1 : 0}${role[0]}`).join('')}`;
}

export interface Explored {
  readonly states: number;
  /** States in which no node has anything left to do: where the cluster is once the windows of the timers are over. */
  readonly settled: readonly State[];
}

/** Every state that can be reached from a healthy cluster, by any blows and steps in any order. */
export function explore(count: number, networks: readonly Network[], rule: Rule = 'support'): Explored {
  const [network] = networks;
  if (network === undefined) throw new Error('a network is needed');
  const first: State = {
    network,
    nodes: Array.from({ length: count }, () => ({ power: true, proxy: true, role: 'backup' })),
  };
  const blows = allBlows(count, networks);
  const known = new Set([keyOf(first, networks)]);
  const open = [first];
  const settled: State[] = [];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const own = steps(state, rule);
    if (own.length === 0) settled.push(state);
    for (const next of [...own, ...blows.flatMap((blow) => struck(state, blow) ?? [])]) {
      const key = keyOf(next, networks);
      if (known.has(key)) continue;
      known.add(key);
      open.push(next);
    }
  }
  return { states: known.size, settled };
}

/** Every state in which the nodes can come to rest by their own steps alone, in any order. */
export function restsOf(state: State, rule: Rule = 'support'): readonly State[] {
  const known = new Set<string>();
  const open = [state];
  const rests: State[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const key = keyOf(next, [next.network]);
    if (known.has(key)) continue;
    known.add(key);
    const own = steps(next, rule);
    if (own.length === 0) rests.push(next);
    open.push(...own);
  }
  return rests;
}

/** Follows the nodes' own steps, in one order, until none is left. */
export function settle(state: State): State {
  for (let left = 1000; left > 0; left -= 1) {
    const [next] = steps(state);
    if (next === undefined) return state;
    state = next;
  }
  throw new Error('the nodes never come to rest');
}
