import { assumedFacts } from '../../src/cluster/timers.ts';
import { known } from '../../src/core/observed.ts';
import type { NodeSeen } from '../../src/cluster/state.ts';
import { besideSet } from '../../src/migrate/beside.ts';
import type { Former } from '../../src/migrate/foreign/foreign.ts';
import type { ForeignNode } from '../../src/migrate/look.ts';
import type { NodeView, Views } from '../../src/migrate/model.ts';
import { renderNode } from '../../src/render/render.ts';
import { freshNode, instanceSeen, settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

export const spec = fakeSpec();
export const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
const sets = spec.nodes.map((node) => renderNode(spec, node, fakeTimers, assumedFacts));

export function unit(program: 'keepalived' | 'haproxy', overrides: Partial<Former> = {}): Former {
  return {
    runner: 'systemd',
    programs: [program],
    id: `${program}.service`,
    active: true,
    restart: 'enabled',
    ...overrides,
  };
}

export const both = [unit('keepalived'), unit('haproxy')];

export function foreign(overrides: Partial<ForeignNode> = {}): ForeignNode {
  return {
    found: both,
    remembered: [],
    strays: [],
    ports: [{ port: spec.endpoint.port, shared: true, by: 'haproxy.service' }],
    frontends: [],
    floats: vips,
    ...overrides,
  };
}

function setOf(index: number) {
  const set = sets[index];
  if (!set) throw new Error('no such node');
  return set;
}

function withVips(index: number, held: readonly string[]) {
  return settledNode(index, setOf(index), held).addresses;
}

/** Only what somebody else runs. */
export function theirs(index: number, held: readonly string[] = []): NodeView {
  return {
    node: `cp${index + 1}`,
    set: setOf(index),
    seen: freshNode(index, { addresses: withVips(index, held) }),
    foreign: foreign(),
  };
}

/** Ours takes part, and remembers what ran before. */
export function ours(index: number, held: readonly string[] = [], overrides: Partial<NodeSeen> = {}): NodeView {
  return {
    node: `cp${index + 1}`,
    set: setOf(index),
    seen: settledNode(index, setOf(index), held, {
      instances: known(
        vips.map((vip, place) => instanceSeen(place + 1, { state: held.includes(vip) ? 'MASTER' : 'BACKUP' })),
      ),
      ...overrides,
    }),
    foreign: foreign({ found: [], ports: [], floats: [], remembered: both }),
  };
}

/** Ours runs, and its levers keep it from taking a VIP; a former keepalived runs as well. */
export function asideOf(index: number, held: readonly string[] = []): NodeView {
  const set = held.length > 0 ? besideSet(spec, setOf(index)) : setOf(index);
  const levers = Object.fromEntries(
    spec.endpoint.virtualIPs.map(({ address }) => [
      `yield-${address}`,
      { by: 'rollout' as const, token: 't', owner: 'somebody' },
    ]),
  );
  const seen = settledNode(index, set, held, {
    levers,
    instances: known(vips.map((_, place) => instanceSeen(place + 1, { state: 'FAULT' }))),
  });
  return {
    node: `cp${index + 1}`,
    set: setOf(index),
    seen: { ...seen, keepalived: { ...seen.keepalived, enabled: false } },
    foreign: foreign({ found: [unit('keepalived', { restart: '' })], ports: [], remembered: both }),
  };
}

export function viewsOf(...views: readonly NodeView[]): Views {
  return {
    views,
    state: stateOf(...views.map(({ seen }) => seen)),
  };
}
