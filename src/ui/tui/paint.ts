import { harmless } from '../../core/printable.ts';

/** Where a screen is painted: a terminal's output stream. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

const escape = '\u001B[';
const [altOn, altOff] = [`${escape}?1049h`, `${escape}?1049l`];
const [cursorHide, cursorShow] = [`${escape}?25l`, `${escape}?25h`];

/** Terminals that know it show what comes between at once (synchronized output); others ignore it. */
const [together, shown] = [`${escape}?2026h`, `${escape}?2026l`];

export interface Painter {
  /** Paints the lines that differ from what is on the screen: nothing flickers, and a slow line is not flooded. */
  paint(lines: readonly string[]): void;
  /** Forgets what is on the screen, as after a resize. */
  forget(): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Takes the alternate screen, so that what was on the terminal is there again afterwards. */
export function createPainter(terminal: Terminal): Painter {
  let before: readonly string[] | undefined;
  terminal.write(altOn + cursorHide);
  return {
    paint: (given) => {
      const old = before;
      const lines = given.map(harmless);
      const changed = lines.flatMap((line, i) => (old?.[i] === line ? [] : [`${escape}${i + 1};1H${line}${escape}K`]));
      const below = old === undefined || lines.length < old.length ? `${escape}${lines.length + 1};1H${escape}J` : '';
      // Below a screen that is full there is nothing to erase, and the cursor would end on its last line.
      const erase = lines.length < terminal.rows ? below : '';
      before = lines;
      if (changed.length > 0 || erase !== '') terminal.write(together + changed.join('') + erase + shown);
    },
    forget: () => (before = undefined),
    close: () => terminal.write(cursorShow + altOff),
  };
}
