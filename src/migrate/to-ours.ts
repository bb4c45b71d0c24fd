import { placeCommand } from '../act/rollout/commands/files.ts';
import { restoreCommand } from '../act/rollout/commands/restore.ts';
import type { Finding } from '../core/finding.ts';
import { electionGate, haproxyGate, servicesGate } from '../judge/gate.ts';
import { besideSet } from './beside.ts';
import { visitToTakeBack, gates, inTurn, note, oneHolder, run, stageConfig, viewOf, type Carrying } from './carry.ts';
import {
  asideCommand,
  leverAllCommand,
  quietCommand,
  readConfigCommand,
  silenceCommand,
  standByCommand,
  startCommand,
  startProxyCommand,
} from './commands.ts';
import { retireBesideCommand } from './commands-back.ts';
import { asideGate, holdsGate, masterGate, readyGate } from './gates.ts';
import type { MigrationStep } from './model.ts';

type Step = (carrying: Carrying, step: MigrationStep) => Promise<readonly Finding[]>;

/** What was found, and after it what came of putting the node back. */
async function orBack(
  findings: readonly Finding[],
  back: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  return findings.length === 0 ? [] : [...findings, ...(await back())];
}

function asItWas(node: string): Finding {
  return note('restored', node, 'the node runs what it ran before this step, and the migration was stopped', again);
}

const again = 'Fix the cause and run it again; what is done stays done, or is taken back with `k8s-ha migrate --back`.';

export const proxy: Step = async (carrying, { node, change, former, shared, beside }) => {
  const { owner, spec, stamp } = carrying.rollout;
  const { set, seen } = viewOf(carrying, node);
  const serves = [haproxyGate(beside ? besideSet(spec, set) : set), readyGate(node), ...oneHolder(carrying)];
  const findings = await inTurn(
    run(carrying, node, ...(change && change.changes.length > 0 ? [placeCommand(owner, change, stamp)] : [])),
    run(carrying, node, startProxyCommand(owner, former, shared)),
    gates(carrying, node, serves),
    run(carrying, node, ...(former.length > 0 ? [quietCommand(owner, former)] : [])),
    gates(carrying, node, former.length > 0 ? serves : []),
  );
  const ran = { haproxy: seen.haproxy.active === 'active', keepalived: false };
  return orBack(findings, async () =>
    inTurn(
      run(carrying, node, startCommand(owner, former), restoreCommand(owner.token, visitToTakeBack(node, change), ran)),
      gates(carrying, node, oneHolder(carrying)),
      async () => [asItWas(node)],
    ),
  );
};

export const aside: Step = async (carrying, { node, beside, former }) => {
  const { owner, spec } = carrying.rollout;
  const { set } = viewOf(carrying, node);
  const wanted = beside ? besideSet(spec, set) : set;
  const findings = await inTurn(
    run(carrying, node, stageConfig(carrying, wanted), asideCommand(spec, owner, wanted, beside, former)),
    gates(carrying, node, [asideGate(wanted), ...oneHolder(carrying)]),
  );
  return orBack(findings, async () =>
    inTurn(run(carrying, node, retireBesideCommand(spec, owner, wanted), startCommand(owner, former)), async () => [
      asItWas(node),
    ]),
  );
};

/** Where no VIP moves, the gates of the next step see at once what came of it. */
export const silence: Step = async (carrying, { node, former, moves }) => {
  const { owner, spec } = carrying.rollout;
  const findings = await inTurn(
    run(carrying, node, silenceCommand(spec, owner, former)),
    gates(carrying, node, moves ? oneHolder(carrying) : []),
  );
  return orBack(findings, async () => unsilence(carrying));
};

/**
 * No former keepalived runs on another node: only this one can hold a VIP, by either. When ours has held them beside the former
 * one, that ends, and ours has the VIPs on their own interface at once.
 */
export const takeOver: Step = async (carrying, { node, former, beside }) => {
  const { owner, spec } = carrying.rollout;
  const { set } = viewOf(carrying, node);
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  const taken = await inTurn(
    run(carrying, node, ...(beside ? [stageConfig(carrying, set)] : []), leverAllCommand(spec, owner, false)),
    gates(carrying, node, [masterGate(spec, node), ...oneHolder(carrying)]),
  );
  if (taken.length > 0)
    return orBack(taken, async () =>
      inTurn(run(carrying, node, leverAllCommand(spec, owner, true)), async () => unsilence(carrying)),
    );
  return inTurn(
    run(
      carrying,
      node,
      ...(former.length > 0 ? [silenceCommand(spec, owner, former)] : []),
      beside ? readConfigCommand(owner, set, false) : standByCommand(spec, owner),
    ),
    gates(carrying, node, [servicesGate(set), electionGate(spec, node), holdsGate(node, vips), ...oneHolder(carrying)]),
  );
};

export const standBy: Step = async (carrying, { node, beside }) => {
  const { owner, spec } = carrying.rollout;
  const { set } = viewOf(carrying, node);
  return inTurn(
    run(
      carrying,
      node,
      ...(beside ? [stageConfig(carrying, set), readConfigCommand(owner, set, false)] : []),
      standByCommand(spec, owner),
    ),
    gates(carrying, node, [servicesGate(set), electionGate(spec, node), ...oneHolder(carrying)]),
  );
};

/** Former keepaliveds that were stopped start again: the one that still holds the VIPs is heard by them. */
async function unsilence(carrying: Carrying): Promise<readonly Finding[]> {
  const { rollout, steps } = carrying;
  const silenced = steps.filter(({ kind, former }) => kind === 'silence' && former.length > 0);
  const outcomes = await Promise.all(
    silenced.map(async ({ node, former }) => {
      const findings = await run(carrying, node, startCommand(rollout.owner, former))();
      return findings.length > 0 ? findings : [asItWas(node)];
    }),
  );
  return outcomes.flat();
}
