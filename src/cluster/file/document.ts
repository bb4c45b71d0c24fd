import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import type { Finding, FindingId, Position } from '../../core/finding.ts';
import { positionAt, source, type Source } from './source.ts';
import { plain, show } from './suggest.ts';
import { maxDepth, parseYaml } from './syntax.ts';

export type Path = readonly (string | number)[];

/** A cluster file's text as plain data, with the place of everything in it. */
export interface ParsedDocument {
  readonly data: unknown;
  /** Where a path's value stands (or its key); for what is not in the file, where its nearest parent stands. */
  readonly locate: (path: Path, aim?: 'key' | 'value') => Position;
}

export interface DocumentResult {
  readonly document?: ParsedDocument;
  readonly findings: readonly Finding[];
}

/** More values than any cluster file has: only aliases that multiply, or the wrong file, get there. */
const maxValues = 10_000;

/** Reads the text of a cluster file. Never throws; where the structure cannot be understood, there are only findings. */
export function readDocument(text: string, file: string): DocumentResult {
  const src = source(text, file);
  const parsed = parseYaml(src);
  return parsed.ok ? convert(src, parsed.value) : { findings: parsed.error };
}

type Range = readonly [start: number, end: number];
interface Place {
  readonly key?: Range;
  readonly value: Range;
}

/** The parser's tree as plain data. Bounded in size and depth, so that aliases cannot multiply or turn in a circle. */
function convert(src: Source, yaml: Document): DocumentResult {
  const findings: Finding[] = [];
  const places = new Map<string, Place>();
  const anchors = new Map<string, Node>();
  let values = 0;
  let tooMuch = false;

  const report = (rule: FindingId, [start, end]: Range, finding: Omit<Finding, 'rule' | 'severity'>): void => {
    findings.push({ rule, severity: 'error', ...finding, position: positionAt(src, start, end) });
  };

  const visit = (node: Node | null, path: Path, at: Place, depth: number): unknown => {
    places.set(JSON.stringify(path), at);
    values += 1;
    if (values > maxValues || depth > maxDepth) {
      if (!tooMuch) report('alias-bomb', at.value, tooManyValues);
      tooMuch = true;
      return null;
    }
    if (tooMuch || node === null) return null;
    if (isAlias(node)) return visit(resolve(node), path, at, depth + 1);
    if ('anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (node.tag !== undefined && !coreTag.test(node.tag)) report('yaml-tag', at.value, tagMessage(node.tag));
    if (isMap(node)) return visitMap(node.items, path, depth);
    if (isSeq(node)) return node.items.map((item, i) => visitItem(item, [...path, i], depth));
    return isScalar(node) ? plainScalar(node.value) : null;
  };

  const visitItem = (item: unknown, path: Path, depth: number): unknown =>
    isNode(item) ? visit(item, path, { value: rangeOf(item) }, depth + 1) : null;

  const visitMap = (pairs: readonly Pair[], path: Path, depth: number): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    const repeated = new Set<string>();
    for (const { key, value } of pairs) {
      if (tooMuch) break;
      const keyRange: Range = isNode(key) ? rangeOf(key) : [0, 1];
      if (!isScalar(key)) {
        report('yaml-syntax', keyRange, {
          message: 'not valid here: a key that is a list or a mapping',
          suggestion: 'Write keys as plain words.',
        });
        continue;
      }
      const name = plain(key.value ?? '');
      if (Object.hasOwn(object, name)) {
        if (repeated.has(name)) continue;
        repeated.add(name);
        const first = places.get(JSON.stringify([...path, name]))?.key?.[0] ?? 0;
        report('duplicate-key', keyRange, {
          message: `the key ${show(name)} is given twice: here and in line ${positionAt(src, first).line}`,
          reason: 'Only one of the two values can count, and which one is a matter of the parser.',
          suggestion: 'Remove one of the two.',
        });
        continue;
      }
      const valueNode = isNode(value) ? value : null;
      const place: Place = { key: keyRange, value: valueNode && !isBelow(valueNode) ? rangeOf(valueNode) : keyRange };
      const converted = visit(valueNode, [...path, name], place, depth + 1);
      // Plain assignment would set the prototype for a key `__proto__`.
      Object.defineProperty(object, name, { value: converted, enumerable: true, writable: true, configurable: true });
    }
    return object;
  };

  const resolve = (alias: Alias): Node | null => {
    // The library's own alias.resolve searches the whole document for each alias.
    const target = anchors.get(alias.source);
    if (target === undefined) {
      report('yaml-syntax', rangeOf(alias), {
        message: `not valid YAML: there is no anchor &${alias.source} before this`,
        suggestion: 'Write the value out.',
      });
    }
    return target ?? null;
  };

  const rootRange: Range = yaml.contents ? rangeOf(yaml.contents) : [0, 1];
  const data = visit(yaml.contents, [], { value: rootRange }, 0);
  const locate = (path: Path, aim: 'key' | 'value' = 'value'): Position => {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = places.get(JSON.stringify(path.slice(0, length)));
      if (!place) continue;
      // For something that is missing, the parent's key says more than its whole value.
      const range = length < path.length || aim === 'key' ? (place.key ?? place.value) : place.value;
      return positionAt(src, ...range);
    }
    return positionAt(src, 0);
  };
  return { ...(!tooMuch && { document: { data, locate } }), findings };
}

const coreTag = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

function rangeOf(node: Node): Range {
  return node.range ? [node.range[0], node.range[1]] : [0, 1];
}

/** Values that are nothing, or stand in the lines below their key: the key is the better place to point to. */
function isBelow(node: Node): boolean {
  return isScalar(node) ? node.value === null && node.source === '' : isCollection(node) && node.flow !== true;
}

/** What is neither text, number, boolean nor empty (dates and binary exist only with tags) counts as text. */
function plainScalar(value: unknown): unknown {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) ? value : plain(value);
}

const tooManyValues = {
  message: `the file has more than ${maxValues} values or is nested more than ${maxDepth} levels deep`,
  reason: 'Aliases that stand for aliases multiply without end, and no cluster needs them.',
  suggestion: 'Write the values out instead of using & and *.',
};

function tagMessage(tag: string): Omit<Finding, 'rule' | 'severity'> {
  return {
    message: `the tag ${show(tag)} has no meaning in a cluster file`,
    suggestion: 'Remove the tag.',
  };
}
