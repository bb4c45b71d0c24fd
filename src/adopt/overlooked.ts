import { positionAt, source, type Source } from '../cluster/file/source.ts';
import type { Position } from '../core/finding.ts';
import { kindOf } from './detect.ts';
import type { Setup } from './setup.ts';
import { lineOf } from './word.ts';

/** A line that nothing was made of. */
export interface UnreadLine {
  readonly position: Position;
  readonly text: string;
}

/**
 * Lines of configurations that no reader has accounted for, neither as understood nor as unread: what stands between the
 * readers is listed too, so that no line is lost.
 */
export function overlooked(setup: Setup): UnreadLine[] {
  const words = [...setup.understood, ...setup.unread].flat();
  const sources = new Map<string, Source>();
  const seen = new Map<string, Set<number>>();
  for (const word of words) {
    const { file } = word.source;
    sources.set(file, word.source);
    const lines = seen.get(file) ?? new Set();
    seen.set(file, lines);
    const last = lineOf(word.source, Math.max(word.start, word.end - 1));
    for (let line = lineOf(word.source, word.start); line <= last; line += 1) lines.add(line);
  }
  return setup.files.flatMap(({ file, text, problem }) => {
    const kind = problem === undefined ? kindOf(text, file) : 'other';
    if (kind !== 'keepalived' && kind !== 'haproxy') return [];
    const from = sources.get(file) ?? source(text, file);
    return text.split('\n').flatMap((line, i) => {
      if (seen.get(file)?.has(i + 1) === true || !isSignificant(line, kind)) return [];
      const start = from.lineStarts[i] ?? 0;
      return [{ position: positionAt(from, start, start + line.length), text: line.trim() }];
    });
  });
}

/** Whether a line is more than a comment, a brace or a continuation. */
function isSignificant(line: string, kind: 'keepalived' | 'haproxy'): boolean {
  // A placeholder that has no value is a word to its reader; one that is overlooked was filled with nothing.
  if (/^\s*\{\{\s*\w+\s*\}\}\s*$/.test(line)) return false;
  const bare = line.replace(kind === 'keepalived' ? /^\s*[#!].*$/ : /^\s*#.*$/, '').replaceAll(/[{}\\\s]/g, '');
  return bare !== '';
}
