import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Timers } from '../../cluster/timers.ts';
import { faults } from '../../drill/faults/index.ts';
import { predictFaults } from '../../drill/target.ts';
import { predictionTable, type PredictionsTextOptions } from '../prediction-table.ts';
import { styles } from '../styles.ts';
import { wrap } from '../wrap.ts';

/** The faults that can be drilled: what each would cost as a table, worst first, then what is broken. Ends with a newline. */
export function drillList(
  spec: ClusterSpec,
  timers: Timers,
  options: Omit<PredictionsTextOptions, 'targetMs'>,
): string {
  const named = faults.flatMap((fault) => {
    const prediction = predictFaults(spec, timers, [fault]);
    return prediction ? [{ name: fault.name, prediction }] : [];
  });
  const { bold } = styles(options.color);
  return [
    predictionTable(named, { ...options, targetMs: spec.failover.targetMs }),
    '',
    bold('What is broken'),
    ...faults.flatMap(({ name, summary, ifKilled, losesQuorum, startsJobs }) => [
      `  ${name}`,
      ...wrap(
        `${summary.replace(/^(?!keepalived)./, (first) => first.toUpperCase())}.${ifKilled === undefined ? '' : ` If the drill is killed, ${ifKilled}.`}${losesQuorum === true ? ' Only with --allow-quorum-loss.' : ''}${startsJobs === true ? ' Only by name, not with --all or --random.' : ''}`,
        options.width,
        { indent: 4 },
      ),
    ]),
    '',
  ].join('\n');
}
