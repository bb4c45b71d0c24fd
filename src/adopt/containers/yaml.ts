import { isScalar, parseAllDocuments, type Node } from 'yaml';
import type { Source } from '../../cluster/file/source.ts';
import type { Word } from '../word.ts';

/** The documents of a YAML file; none for a text that the parser gives up on. */
export function documents(text: string): (Node | null)[] {
  try {
    return parseAllDocuments(text, { logLevel: 'silent' }).map(({ contents }) => contents);
  } catch {
    // The parser gives up on what is nested without end: no manifest then.
    return [];
  }
}

/** A scalar as a word with its place. */
export function wordOf(node: unknown, source: Source): Word | undefined {
  return isScalar(node) && node.range
    ? { text: String(node.value), source, start: node.range[0], end: Math.max(node.range[0] + 1, node.range[1]) }
    : undefined;
}
