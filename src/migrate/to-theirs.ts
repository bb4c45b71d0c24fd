import type { Finding } from '../core/finding.ts';
import { electionGate, notHolderGate, servicesGate } from '../judge/gate.ts';
import { besideSet } from './beside.ts';
import { gates, inTurn, note, oneHolder, run, stageConfig, viewOf, type Carrying } from './carry.ts';
import { leverAllCommand, readConfigCommand, silenceCommand, standByCommand, startCommand } from './commands.ts';
import { farewellCommand, proxyBackCommand, retireBesideCommand } from './commands-back.ts';
import { formerHoldsGate, holdsGate } from './gates.ts';
import type { MigrationStep } from './model.ts';

type Step = (carrying: Carrying, step: MigrationStep) => Promise<readonly Finding[]>;

/** A former keepalived listens for several of its adverts before it elects: seconds. */
const formerElectsMs = 60_000;

/** The other holders give their VIPs up; the others stand aside meanwhile, so that the VIPs go where they shall. */
export const gather: Step = async (carrying, { node }) => {
  const { owner, spec } = carrying.rollout;
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  const others = spec.nodes.map(({ name }) => name).filter((name) => name !== node);
  const all = async (pulled: boolean): Promise<readonly Finding[]> =>
    (
      await Promise.all(others.map(async (other) => run(carrying, other, leverAllCommand(spec, owner, pulled))()))
    ).flat();
  const findings = await inTurn(
    gates(carrying, node, [electionGate(spec, node)]),
    async () => all(true),
    gates(carrying, node, [holdsGate(node, vips), ...oneHolder(carrying)]),
  );
  // The others hear this node: they may take its VIPs over when it fails.
  return [...findings, ...(await all(false))];
};

export const handBack: Step = async (carrying, { node, former }) => {
  const { owner, spec } = carrying.rollout;
  const { set } = viewOf(carrying, node);
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  const wanted = besideSet(spec, set);
  const findings = await inTurn(
    run(carrying, node, stageConfig(carrying, wanted), readConfigCommand(owner, wanted, true)),
    gates(carrying, node, [servicesGate(wanted), holdsGate(node, vips), ...oneHolder(carrying)]),
    run(carrying, node, startCommand(owner, former)),
    gates(carrying, node, [formerHoldsGate(node, vips), ...oneHolder(carrying)], formerElectsMs),
  );
  if (findings.length === 0) return [];
  return [
    ...findings,
    ...(await inTurn(
      run(
        carrying,
        node,
        silenceCommand(spec, owner, former),
        stageConfig(carrying, set),
        readConfigCommand(owner, set, false),
        standByCommand(spec, owner),
      ),
      gates(carrying, node, oneHolder(carrying)),
      async () => [
        note(
          'restored',
          node,
          'k8s-ha holds the VIPs as before, and nothing else was changed',
          'See why the former keepalived did not take them: journalctl on the node.',
        ),
      ],
    )),
  ];
};

export const retire: Step = async (carrying, { node, beside }) => {
  const { owner, spec } = carrying.rollout;
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  return inTurn(
    run(carrying, node, retireBesideCommand(spec, owner, beside ? viewOf(carrying, node).set : undefined)),
    gates(carrying, node, beside ? [formerHoldsGate(node, vips)] : [notHolderGate(node, vips), ...oneHolder(carrying)]),
  );
};

export const rejoin: Step = async (carrying, { node, former }) => {
  const { owner } = carrying.rollout;
  return inTurn(run(carrying, node, startCommand(owner, former)), gates(carrying, node, oneHolder(carrying)));
};

export const proxyBack: Step = async (carrying, { node, former }) => {
  const { owner, spec } = carrying.rollout;
  return inTurn(
    run(
      carrying,
      node,
      ...(former.length > 0 ? [proxyBackCommand(owner, former, spec.endpoint.port)] : []),
      farewellCommand(owner),
    ),
    gates(carrying, node, oneHolder(carrying)),
  );
};
