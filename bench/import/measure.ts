import { adopt, type Adopted } from '../../src/adopt/adopt.ts';
import { checkFailureCost, holdersOf, nodeLossCost } from '../../src/adopt/cost.ts';
import { apiElections } from '../../src/adopt/election/election.ts';
import { trackingOf } from '../../src/adopt/election/member.ts';
import { checkOf, serverDownBound } from '../../src/adopt/haproxy/check.ts';
import { measureBalancer } from './balancer.ts';
import { filesOf, vip, type BalancerRow, type ClaimRow, type VrrpRow } from './cases.ts';
import { measureVrrp } from './vrrp.ts';

export interface Bounds {
  readonly lowerMs: number;
  readonly upperMs: number;
}

/** The bound that the model gives for a row; undefined for rows without one. */
export function boundOf(row: ClaimRow): Bounds | undefined {
  if (row.expect !== 'within') return undefined;
  const { setup } = adopt(filesOf(row));
  return row.program === 'keepalived' ? vrrpBound(row, setup) : balancerBound(row, setup);
}

function vrrpBound({ fault }: VrrpRow, setup: Adopted['setup']): Bounds | undefined {
  for (const election of apiElections(setup))
    for (const holder of holdersOf(election)) {
      if (holder.held.node.name !== fault.node) continue;
      const [tracked] = trackingOf(holder.held).counts;
      const cost =
        fault.kind === 'silent'
          ? nodeLossCost(holder, election)
          : tracked && checkFailureCost(holder, election, tracked);
      return cost?.kind === 'bound' ? cost.bound : undefined;
    }
  return undefined;
}

function balancerBound({ fault }: BalancerRow, { nodes }: Adopted['setup']): Bounds | undefined {
  const path = nodes[0]?.haproxy?.api;
  const [server] = path?.servers ?? [];
  return path && server && fault !== 'none'
    ? serverDownBound(path.backend, server, checkOf(path.backend, server), fault)
    : undefined;
}

/** What a row claims, in the words of its finding. */
export function claimOf(row: ClaimRow): string | undefined {
  return adopt(filesOf(row)).findings.find(({ rule }) => rule === row.rule)?.message;
}

export interface Measured {
  readonly ok: boolean;
  /** The run began as it should: the right node held the VIP, every server was up. */
  readonly valid: boolean;
  readonly text: string;
  readonly ms: number | undefined;
}

/** A bound of the model is about when the VIP moves; starting programs and polling take this much more. */
const slackMs = 150;

/** Runs the real programs, and compares with what is claimed; a run that did not begin as it should is repeated. */
export async function measure(row: ClaimRow, phaseMs = 0): Promise<Measured> {
  for (let tries = 1; tries < 3; tries += 1) {
    const measured = await measureOnce(row, phaseMs);
    if (measured.valid) return measured;
  }
  return measureOnce(row, phaseMs);
}

async function measureOnce(row: ClaimRow, phaseMs: number): Promise<Measured> {
  return row.program === 'keepalived' ? measureElection(row, phaseMs) : measureServer(row, phaseMs);
}

async function measureElection(row: VrrpRow, phaseMs: number): Promise<Measured> {
  const { movedMs, holders, holdersBefore, reached } = await measureVrrp({ ...row, phaseMs, vip });
  const bound = boundOf(row);
  const held = holders.join(' and ') || 'nobody';
  switch (row.expect) {
    case 'within':
      return timed(
        movedMs,
        bound,
        isSymmetric(row) ? holdersBefore.length === 1 : holdersBefore.join() === row.fault.node,
      );
    case 'never':
      return {
        valid: true,
        ok: movedMs === undefined && holders.includes(row.fault.node),
        text: `${held} holds it after ${row.waitMs / 1000} s`,
        ms: movedMs,
      };
    case 'two holders':
      return { valid: true, ok: holders.length === 2, text: `${held} hold it`, ms: undefined };
    case 'one holder':
      return { valid: true, ok: holders.length === 1, text: `${held} holds it`, ms: undefined };
    default:
      return {
        valid: true,
        ok: holders.length > 0 && !reached,
        text: reached ? 'it answers' : `${held} holds it, and it does not answer`,
        ms: undefined,
      };
  }
}

async function measureServer(row: BalancerRow, phaseMs: number): Promise<Measured> {
  const { downMs, up, answer, refused, started } = await measureBalancer({ ...row, phaseMs });
  switch (row.expect) {
    case 'within':
      return timed(downMs, boundOf(row), started);
    case 'never':
      return {
        valid: true,
        ok: downMs === undefined && up.length === 2,
        text: `up after ${row.waitMs / 1000} s`,
        ms: downMs,
      };
    case 'all down':
      return {
        valid: true,
        ok: up.length === 0,
        text: up.length === 0 ? 'all down' : `${up.join()} up`,
        ms: undefined,
      };
    case 'refused':
      return { valid: true, ok: refused, text: refused ? 'does not start' : 'runs', ms: undefined };
    default:
      return {
        valid: true,
        ok: !refused && answer !== '200',
        text: answer === '200' ? 'served' : 'no answer',
        ms: undefined,
      };
  }
}

/** Both nodes have the same configuration: either may hold the VIP. */
function isSymmetric({ nodes }: VrrpRow): boolean {
  const strip = (text: string | undefined): string | undefined => text?.replace(/^ *state .*\n/m, '');
  return strip(nodes['a']) === strip(nodes['b']);
}

function timed(ms: number | undefined, bound: Bounds | undefined, started: boolean): Measured {
  const ok =
    started &&
    ms !== undefined &&
    bound !== undefined &&
    ms <= bound.upperMs + slackMs &&
    ms >= bound.lowerMs - slackMs;
  return { valid: started, ok, text: ms === undefined ? 'it never came' : `${(ms / 1000).toFixed(2)} s`, ms };
}
