/**
 * A discrete-event model of the VRRP v3 state machine of RFC 9568 §6.4, to hold the predictions against. It knows nothing
 * of the code under test: messages take time, timers fire late, and whoever is Active holds the VIP.
 */
export interface Setup {
  readonly priorities: readonly number[];
  readonly advertIntervalMs: number;
  readonly downTimerAdverts: number;
  /** Index of the node that holds the VIP when the fault strikes. */
  readonly holder: number;
  readonly seed: number;
  /** At most; each message and timer draws its own. */
  readonly latencyMs: number;
  readonly timerLateMs: number;
  /** From Active to the client's packets arriving, at most. */
  readonly takeoverMs: number;
}

/** What happens to the holder. Times are counted from the fault. */
export type Blow =
  | { readonly kind: 'lost' }
  | { readonly kind: 'stopped' }
  /** keepalived dies without a word; its unit takes the VIP off later. */
  | { readonly kind: 'killed'; readonly cleanedAfterMs: number }
  /** No message passes between the holder and the others; fencing makes it give up later. */
  | { readonly kind: 'cut'; readonly fencedAfterMs: number };

export interface Observed {
  /** Time in which the client reached nobody, from the fault to the end of the run. */
  readonly gapMs: number;
  /** Time in which two or more nodes held the VIP, from the fault on. */
  readonly twoHoldersMs: number;
  readonly newHolder: number | undefined;
}

type State = 'initialize' | 'backup' | 'active';

interface Node {
  readonly index: number;
  readonly priority: number;
  state: State;
  /** Counts timer settings, so that an old timer that fires is ignored. */
  timer: number;
  alive: boolean;
}

/** Runs the protocol until it is steady, strikes at a random phase, and watches for `watchMs`. */
export function simulate(setup: Setup, blow: Blow, watchMs: number): Observed {
  const random = generator(setup.seed);
  const upTo = (ms: number): number => random() * ms;
  const queue: { readonly at: number; readonly run: () => void }[] = [];
  let now = 0;
  let cut = false;
  const lastArrival = new Map<string, number>();
  const after = (ms: number, run: () => void): void => {
    queue.push({ at: now + ms, run });
  };
  const nodes: Node[] = setup.priorities.map((priority, index) => ({
    index,
    priority,
    state: 'initialize',
    timer: 0,
    alive: true,
  }));
  const holds: { readonly node: number; readonly from: number; readonly servesFrom: number; to: number }[] = [];

  const skew = (node: Node): number => ((256 - node.priority) / 256) * setup.advertIntervalMs;
  const downInterval = (node: Node): number => setup.downTimerAdverts * setup.advertIntervalMs + skew(node);

  const setTimer = (node: Node, ms: number, fire: () => void): void => {
    const mine = ++node.timer;
    after(ms + upTo(setup.timerLateMs), () => {
      if (node.alive && node.timer === mine) fire();
    });
  };
  const release = (node: Node): void => {
    const held = holds.findLast((hold) => hold.node === node.index);
    if (held?.to === Infinity) held.to = now;
  };
  const send = (node: Node, priority: number): void => {
    for (const peer of nodes) {
      if (peer === node || (cut && (node.index === setup.holder || peer.index === setup.holder))) continue;
      // One path keeps its order: a later message never overtakes.
      const path = `${node.index}>${peer.index}`;
      const arrives = Math.max(now + upTo(setup.latencyMs), lastArrival.get(path) ?? 0);
      lastArrival.set(path, arrives);
      after(arrives - now, () => {
        if (peer.alive && peer.state !== 'initialize') receive(peer, node, priority);
      });
    }
  };
  const becomeBackup = (node: Node, ms = downInterval(node)): void => {
    if (node.state === 'active') release(node);
    node.state = 'backup';
    setTimer(node, ms, () => becomeActive(node));
  };
  const becomeActive = (node: Node): void => {
    node.state = 'active';
    holds.push({ node: node.index, from: now, servesFrom: now + upTo(setup.takeoverMs), to: Infinity });
    advertise(node);
  };
  const advertise = (node: Node): void => {
    send(node, node.priority);
    setTimer(node, setup.advertIntervalMs, () => advertise(node));
  };
  const receive = (node: Node, from: Node, priority: number): void => {
    if (node.state === 'backup')
      becomeBackup(node, priority === 0 ? skew(node) : downInterval(node)); // Preempt_Mode is False
    else if (priority === 0) advertise(node);
    else if (priority > node.priority || (priority === node.priority && from.index > node.index)) becomeBackup(node);
    else advertise(node); // asserts itself to the lower priority
  };
  const runUntil = (end: number): void => {
    for (;;) {
      const next = queue.reduce<number>((best, { at }, i) => (at < (queue[best]?.at ?? Infinity) ? i : best), -1);
      const event = queue[next];
      if (!event || event.at > end) break;
      queue.splice(next, 1);
      now = event.at;
      event.run();
    }
    now = end;
  };

  const holder = nodes[setup.holder];
  if (!holder) throw new Error('no such holder');
  becomeBackup(holder);
  runUntil(downInterval(holder) + 2 * setup.timerLateMs);
  for (const node of nodes) if (node !== holder) becomeBackup(node);
  runUntil(now + (5 + random()) * setup.advertIntervalMs);

  const struckAt = now;
  if (blow.kind === 'lost' || blow.kind === 'stopped') {
    if (blow.kind === 'stopped') send(holder, 0);
    release(holder);
    holder.alive = false;
  } else if (blow.kind === 'killed') {
    holder.alive = false;
    after(blow.cleanedAfterMs, () => release(holder));
  } else {
    cut = true;
    after(blow.fencedAfterMs, () => {
      release(holder);
      holder.alive = false;
    });
  }
  runUntil(struckAt + watchMs);

  const edges = [struckAt, now, ...holds.flatMap(({ from, servesFrom, to }) => [from, servesFrom, to])]
    .filter((at) => at >= struckAt && at <= now)
    .toSorted((a, b) => a - b);
  const measure = (counts: (at: number) => boolean): number =>
    edges.reduce((total, at, i) => {
      const end = edges[i + 1] ?? at;
      return counts((at + end) / 2) ? total + end - at : total;
    }, 0);
  return {
    gapMs: measure((at) => !holds.some(({ servesFrom, to }) => servesFrom <= at && at < to)),
    twoHoldersMs: measure((at) => holds.filter(({ from, to }) => from <= at && at < to).length > 1),
    newHolder: holds.find(({ from, to }) => from > struckAt && to === Infinity)?.node,
  };
}

/** mulberry32: a small seeded generator, so that every counterexample can be replayed. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
