import type { Crowd } from '../../test/e2e/support/crowd.ts';

/** One storm. `share`: of the connections that the endpoint takes, instead of a number. */
export interface Storm {
  readonly what: string;
  readonly kind: Crowd['kind'] | 'syn';
  readonly rate: number;
  readonly seconds: number;
  readonly share?: number;
  readonly sources: number;
  readonly runs: number;
  /** More than it takes: clients that come then wait, and those that were there are served. */
  readonly overfull?: boolean;
  /** More than two processors carry, with three nodes and all clients on them: clients wait for a processor, not for a node. */
  readonly overloads?: boolean;
}

/** The names are what `STORM` chooses from. */
export const storms: Readonly<Record<string, Storm>> = {
  idle: {
    what: 'idle connections, 97 % of the limit',
    kind: 'hello',
    rate: 300,
    seconds: 75,
    share: 0.97,
    sources: 4,
    runs: 1,
  },
  'idle-beyond': {
    what: 'idle connections, 20 % beyond the limit',
    kind: 'hello',
    rate: 300,
    seconds: 90,
    share: 1.2,
    sources: 4,
    runs: 1,
    overfull: true,
  },
  silent: {
    what: 'half-open handshakes: nothing is said',
    kind: 'silent',
    rate: 300,
    seconds: 30,
    sources: 4,
    runs: 3,
  },
  partial: {
    what: 'half-open handshakes: the hello stops',
    kind: 'partial',
    rate: 300,
    seconds: 30,
    sources: 4,
    runs: 3,
  },
  syn: { what: 'SYN flood', kind: 'syn', rate: 50_000, seconds: 30, sources: 8, runs: 1 },
  redial: {
    what: 'reconnect storm, the server’s half of each handshake',
    kind: 'redial',
    rate: 500,
    seconds: 300,
    sources: 8,
    runs: 1,
  },
  storm: { what: 'reconnect storm, whole handshakes', kind: 'storm', rate: 500, seconds: 300, sources: 8, runs: 1 },
  'redial-beyond': {
    what: 'reconnect storm beyond what the processors carry, the server’s half of each handshake',
    kind: 'redial',
    rate: 2000,
    seconds: 300,
    sources: 8,
    runs: 1,
    overloads: true,
  },
  'storm-beyond': {
    what: 'reconnect storm beyond what the processors carry, whole handshakes',
    kind: 'storm',
    rate: 2000,
    seconds: 300,
    sources: 8,
    runs: 1,
    overloads: true,
  },
};
