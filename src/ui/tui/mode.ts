import type { Key } from './keys.ts';

export type Page = 'main' | 'events' | 'drains' | 'predictions' | 'node' | 'help';

/** What the operator has chosen to see. */
export interface Mode {
  readonly page: Page;
  /** Place of the selected node; undefined while none is. */
  readonly selected: number | undefined;
  /** Lines that a page is scrolled by. */
  readonly scroll: number;
  /** Events are shown that contain it, in any case; empty shows all. */
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
}

export const firstMode: Mode = { page: 'main', selected: undefined, scroll: 0, filter: '', typing: false };

const pages: Readonly<Record<string, Page>> = {
  e: 'events',
  d: 'drains',
  p: 'predictions',
  '?': 'help',
  h: 'help',
};

/** A filter that is longer finds nothing. */
const longestFilter = 60;

/** How far a mode can go. */
export interface Limits {
  readonly nodes: number;
  /** Lines by which the page can be scrolled. */
  readonly scroll: number;
}

/** What a key makes of it; undefined where the operator is done. */
export function pressed(mode: Mode, key: Key, { nodes, scroll }: Limits): Mode | undefined {
  if (key.key === 'interrupt') return undefined;
  if (mode.typing) return typed(mode, key);
  switch (key.key) {
    case 'up':
      return moved(mode, -1, nodes, scroll);
    case 'down':
      return moved(mode, 1, nodes, scroll);
    case 'page-up':
      return { ...mode, scroll: Math.max(0, mode.scroll - 10) };
    case 'page-down':
      return { ...mode, scroll: Math.min(scroll, mode.scroll + 10) };
    case 'enter':
      return mode.page === 'main' && nodes > 0
        ? { ...mode, page: 'node', selected: mode.selected ?? 0, scroll: 0 }
        : mode;
    case 'escape':
      return mode.page === 'main' ? { ...mode, selected: undefined, filter: '' } : { ...mode, page: 'main', scroll: 0 };
    case 'char':
      return chosen(mode, key.char);
    default:
      return mode;
  }
}

function chosen(mode: Mode, char: string): Mode | undefined {
  if (char === 'q') return undefined;
  if (char === '/') return { ...mode, typing: true, filter: '', page: mode.page === 'events' ? 'events' : 'main' };
  const page = Object.hasOwn(pages, char) ? pages[char] : undefined;
  if (page === undefined) return mode;
  // The same key leads back.
  return { ...mode, page: mode.page === page ? 'main' : page, scroll: 0 };
}

function typed(mode: Mode, key: Key): Mode {
  switch (key.key) {
    case 'char':
      return { ...mode, filter: (mode.filter + key.char).slice(0, longestFilter) };
    case 'backspace':
      return { ...mode, filter: mode.filter.slice(0, -1) };
    case 'enter':
      return { ...mode, typing: false };
    case 'escape':
      return { ...mode, typing: false, filter: '' };
    default:
      return mode;
  }
}

/** The arrows select a node, from one to the next; on a page that is longer than the screen they scroll. */
function moved(mode: Mode, by: number, nodes: number, most: number): Mode {
  if (mode.page !== 'main' && mode.page !== 'node')
    return { ...mode, scroll: Math.max(0, Math.min(most, mode.scroll + by)) };
  if (nodes === 0) return mode;
  const from = mode.selected ?? (by > 0 ? -1 : nodes);
  return { ...mode, selected: (from + by + nodes) % nodes };
}
