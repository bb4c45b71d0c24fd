import type { ServerFault } from '../../src/adopt/haproxy/check.ts';
import type { GivenFile } from '../../src/adopt/given.ts';
import type { Fault } from './vrrp.ts';

/** What a claim says will be measured. */
export type Expectation =
  /** Another node holds the VIP, or the server is down, within the bound of the model. */
  | 'within'
  /** Nothing happens in the time that is waited. */
  | 'never'
  /** Two nodes hold the VIP at once. */
  | 'two holders'
  /** One node holds it: nothing keeps the nodes from hearing each other. */
  | 'one holder'
  /** The VIP is held, but does not answer. */
  | 'no answer'
  /** No server is up. */
  | 'all down'
  /** The program does not start. */
  | 'refused'
  /** A client gets nothing through. */
  | 'not served';

interface Row {
  readonly name: string;
  /** The finding that claims it; undefined where nothing may be claimed. */
  readonly rule: string | undefined;
  readonly expect: Expectation;
  readonly waitMs: number;
}

export interface VrrpRow extends Row {
  readonly program: 'keepalived';
  readonly nodes: Readonly<Record<string, string>>;
  readonly fault: Fault;
}

export interface BalancerRow extends Row {
  readonly program: 'HAProxy';
  readonly config: string;
  readonly fault: ServerFault | 'none';
}

export type ClaimRow = VrrpRow | BalancerRow;

export function filesOf(row: ClaimRow): GivenFile[] {
  return row.program === 'keepalived'
    ? Object.entries(row.nodes).map(([node, text]) => ({ file: `${node}/keepalived.conf`, text, node }))
    : [{ file: 'haproxy.cfg', text: row.config }];
}

/** The VIP of every row. */
export const vip = '10.99.0.100';
