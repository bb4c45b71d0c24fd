import { durationText, formatMs } from '../../core/duration.ts';
import type { SoakResult } from '../../drill/measure/soak.ts';
import { table } from '../table.ts';

/** Nothing moved, and nobody lost anything. */
export function soakIsGood({ nodes, outage }: SoakResult): boolean {
  return nodes.every(({ transitions }) => transitions === 0) && outage.failed === 0;
}

/** A backup that missed adverts, or a node that found itself unfit. */
function because(gaveUp: readonly string[]): string {
  return gaveUp.length === 0
    ? 'Longer adverts are needed.'
    : `${gaveUp.join(' and ')} went to FAULT: as cut off from the other nodes, or with a HAProxy that did not answer in time.`;
}

export function soakText(result: SoakResult): string {
  const { nodes, outage, seconds, busy } = result;
  const measured = nodes.flatMap(({ stallMs }) => stallMs ?? []);
  const unmeasured = nodes.filter(({ stallMs }) => stallMs === undefined).map(({ node }) => node);
  const moves = nodes.reduce((sum, { transitions }) => sum + transitions, 0);
  const gaveUp = nodes.filter((node) => node.gaveUp > 0).map(({ node }) => node);
  return [
    `${seconds} s${busy ? ', every processor busy' : ''}`,
    '',
    table(
      ['NODE', 'LONGEST STALL', 'STATE CHANGES', 'GAVE UP'],
      nodes.map(({ node, stallMs, transitions, gaveUp }) => [
        node,
        stallMs === undefined ? 'not measured' : formatMs(stallMs),
        String(transitions),
        String(gaveUp),
      ]),
    ),
    '',
    `A client made ${outage.probes} connections: ${outage.failed} failed, ${outage.slow} were slow${outage.p99Ms === undefined ? '' : `, 99 % were answered within ${formatMs(outage.p99Ms)}`}.`,
    moves === 0 ? 'No VIP moved.' : `A VIP moved although nothing failed: ${moves} state changes. ${because(gaveUp)}`,
    ...(unmeasured.length > 0
      ? [
          `How long ${unmeasured.join(', ')} stood still was not measured: cyclictest is missing there. Install it (package rt-tests; Red Hat's is realtime-tests) and run this again.`,
        ]
      : []),
    ...(measured.length > 0
      ? [`For the cluster file: failover: { hostStall: ${durationText(Math.ceil(Math.max(...measured)))} }`]
      : []),
  ].join('\n');
}
