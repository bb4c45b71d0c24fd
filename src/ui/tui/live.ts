import { harmless } from '../../core/printable.ts';
import type { DiagnoseOptions } from '../../judge/diagnosis.ts';
import type { WatchEvent } from '../../observe/live/model.ts';
import { predictionsOf } from '../metrics/predictions.ts';
import { clusterView } from '../watch/view.ts';
import type { Watch } from '../watch/watch.ts';
import { eventText } from '../events/text.ts';
import { createPainter } from './paint.ts';
import { keysOf } from './keys.ts';
import { lineText } from './lines.ts';
import { firstMode, pressed } from './mode.ts';
import { scrollLimit } from './pages.ts';
import { screenLines } from './screen.ts';

/** Standard output, as far as a live view needs it. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** Standard input, where keys are to be read. */
export interface Input {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown;
  off(event: 'data', listener: (chunk: Buffer | string) => void): unknown;
}

export interface LiveStatusOptions {
  readonly output: Output;
  /** Without one, or where it is no terminal, only the signal ends the view. */
  readonly input?: Input;
  readonly color: boolean;
  readonly signal: AbortSignal;
  /** How commands name the cluster file and ssh's configuration. */
  readonly commands?: Pick<DiagnoseOptions, 'file' | 'sshConfig'>;
}

const frameMs = 100;

/** Events of the last hour at most; the screen shows as many as it has room for. */
const eventsShown = 500;

/** Shows a watch until the signal aborts or `q` is pressed: a full screen on a terminal, a line for each change otherwise. */
export async function liveStatus(watch: Watch, options: LiveStatusOptions): Promise<void> {
  const { output, signal } = options;
  const quit = new AbortController();
  const either = AbortSignal.any([signal, quit.signal]);
  const stop = output.isTTY === true ? fullScreen(watch, options, () => quit.abort()) : lines(watch, output);
  try {
    await new Promise<void>((resolve) => {
      if (either.aborted) resolve();
      either.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    stop();
  }
}

function fullScreen(
  watch: Watch,
  { output, input, color, commands = {} }: LiveStatusOptions,
  quit: () => void,
): () => void {
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
  const predictions = predictionsOf(watch.spec);
  const keys = input?.isTTY === true && input.setRawMode !== undefined;
  let mode = firstMode;
  const seen = () => ({
    view: clusterView(watch.spec, watch.state(), commands),
    events: watch.history.before(Infinity, eventsShown),
  });
  const show = (): void => {
    const { view, events } = seen();
    painter.paint(screenLines(view, events, size(), { mode, predictions, keys }).map((line) => lineText(line, color)));
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
  const typed = (chunk: Buffer | string): void => {
    for (const key of keysOf(chunk.toString().slice(0, mostTyped))) {
      const { view, events } = seen();
      const limits = { nodes: view.nodes.length, scroll: scrollLimit(view, events, mode, predictions, size()) };
      const next = pressed(mode, key, limits);
      if (next === undefined) return quit();
      mode = next;
    }
    show();
  };
  if (keys) {
    input.setRawMode?.(true);
    input.on('data', typed);
    input.resume();
  }
  output.on('resize', resized);
  const unsubscribe = watch.subscribe(soon);
  show();
  return () => {
    unsubscribe();
    output.off('resize', resized);
    if (due) clearTimeout(due);
    if (keys) {
      input.off('data', typed);
      input.setRawMode?.(false);
      input.pause();
    }
    painter.close();
  };
}

/** Keys of one read; more was pasted. */
const mostTyped = 200;

/** For a pipe: the verdict whenever it changes, and each change of the state, as lines. */
function lines(watch: Watch, output: Output): () => void {
  let verdict = '';
  const line = (event: WatchEvent): void => void output.write(`${harmless(eventText(event))}\n`);
  const unsubscribe = watch.subscribe((state, events) => {
    events.filter(({ source }) => source === 'observed').forEach(line);
    const now = clusterView(watch.spec, state).diagnosis.sentence;
    // The first second of a watch knows nothing yet.
    if (now === verdict || state.nodes.some(({ now: node }) => !node.answering && node.reason === 'not asked yet'))
      return;
    verdict = now;
    output.write(`${harmless(`${watch.spec.name}: ${now}`)}\n`);
  });
  return unsubscribe;
}
