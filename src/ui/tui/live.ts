import { harmless } from '../../core/printable.ts';
import type { WatchEvent } from '../../observe/live/model.ts';
import { clusterView } from '../watch/view.ts';
import type { Watch } from '../watch/watch.ts';
import { eventText } from '../events/text.ts';
import { createPainter } from './paint.ts';
import { lineText, screenLines } from './screen.ts';

/** Standard output, as far as a live view needs it. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const frameMs = 100;

/** Events of the last hour at most; the screen shows as many as it has room for. */
const eventsShown = 200;

/** Shows a watch until the signal aborts: a full screen on a terminal, a line for each change otherwise. */
export async function liveStatus(
  watch: Watch,
  { output, color, signal }: { output: Output; color: boolean; signal: AbortSignal },
): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const stop = output.isTTY === true ? fullScreen(watch, output, color) : lines(watch, output);
  try {
    await ended;
  } finally {
    stop();
  }
}

function fullScreen(watch: Watch, output: Output, color: boolean): () => void {
  const size = () => ({ columns: output.columns ?? 80, rows: output.rows ?? 24 });
  const painter = createPainter({
    get columns() {
      return size().columns;
    },
    get rows() {
      return size().rows;
    },
    write: (text) => void output.write(text),
  });
  const show = (): void => {
    const events = watch.history.before(Infinity, eventsShown);
    painter.paint(
      screenLines(clusterView(watch.spec, watch.state()), events, size()).map((line) => lineText(line, color)),
    );
  };
  // At most one frame in a tenth of a second, however much happens.
  let due: NodeJS.Timeout | undefined;
  const soon = (): void => {
    due ??= setTimeout(() => {
      due = undefined;
      show();
    }, frameMs);
  };
  const resized = (): void => {
    painter.forget();
    show();
  };
  output.on('resize', resized);
  const unsubscribe = watch.subscribe(soon);
  show();
  return () => {
    unsubscribe();
    output.off('resize', resized);
    if (due) clearTimeout(due);
    painter.close();
  };
}

/** For a pipe: the verdict whenever it changes, and each change of the state, as lines. */
function lines(watch: Watch, output: Output): () => void {
  let verdict = '';
  const line = (event: WatchEvent): void => void output.write(`${harmless(eventText(event))}\n`);
  const unsubscribe = watch.subscribe((state, events) => {
    events.filter(({ source }) => source === 'observed').forEach(line);
    const now = clusterView(watch.spec, state).verdict;
    // The first second of a watch knows nothing yet.
    if (now === verdict || state.nodes.some(({ now: node }) => !node.answering && node.reason === 'not asked yet'))
      return;
    verdict = now;
    output.write(`${harmless(`${watch.spec.name}: ${now}`)}\n`);
  });
  return unsubscribe;
}
