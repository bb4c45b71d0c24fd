import type { WorkerPrediction } from '../predict/worker.ts';
import { rangeText } from './prediction-table.ts';
import { styles } from './styles.ts';
import { wrap } from './wrap.ts';

/** What kubelets of workers lose that have a HAProxy of their own; empty where there are none. Ends with a newline otherwise. */
export function workersText(
  predictions: readonly WorkerPrediction[],
  { color, width }: { readonly color: boolean; readonly width: number },
): string {
  if (predictions.length === 0) return '';
  const { bold, dim } = styles(color);
  return [
    bold('What the kubelet of a worker loses: it reaches the API by a HAProxy of its own'),
    ...predictions.flatMap((prediction) => {
      const { title, formula, note } = prediction;
      return [
        '',
        ...wrap(title, width, { indent: 2 }).map(bold),
        ...wrap(prediction.impact === 'none' ? 'nothing' : rangeText(prediction), width, { indent: 4 }),
        ...wrap(`= ${formula}`, width, { indent: 4 }).map(dim),
        ...(note === undefined ? [] : wrap(note, width, { indent: 4 })),
      ];
    }),
    '',
  ].join('\n');
}
