import { positionAt, source, type Source } from '../../cluster/file/source.ts';
import type { Finding, FindingId } from '../../core/finding.ts';
import { mapped, replaceMapped, sliceMapped, type Mapped } from '../word.ts';
import { fillPlaceholders, type Placeholders } from '../containers/placeholder.ts';
import { listValues, sequenceValues } from './sequence.ts';

/** What decides how a file is read: who reads it, and what else there is to read. */
export interface KeepalivedContext {
  /** `keepalived --config-id`: the first part of the host name unless it is said. Undefined when it is not known. */
  readonly configId?: string | undefined;
  /** Values for `{{ NAME }}`, which container images fill in before keepalived reads the file. */
  readonly placeholders?: Placeholders | undefined;
  /** The files that `include` can find. */
  readonly include?: (pattern: string, from: string) => readonly { readonly file: string; readonly text: string }[];
}

export interface Expanded {
  /** What is left to be read, in order, with comments, conditions and parameters resolved. */
  readonly lines: readonly Mapped[];
  /** Lines that a condition took out, or that only define something: seen, but nothing is to be read in them. */
  readonly settled: readonly Mapped[];
  readonly findings: readonly Finding[];
}

/** More lines than any configuration has: only parameters and sequences that multiply get there. */
const maxLines = 20_000;
const maxDepth = 20;

/** A line that parameters have blown up to more than this is cut: no real line is this long. */
const maxLineLength = 20_000;

/**
 * What keepalived's reader does before any keyword is looked at: comments, `@` conditions, `$PARAMETER=`, `~SEQ`, `~LST`,
 * `include`. keepalived.conf(5), ADVANCED CONFIGURATION.
 */
export function expandKeepalived(root: Source, context: KeepalivedContext = {}): Expanded {
  const lines: Mapped[] = [];
  const settled: Mapped[] = [];
  const findings: Finding[] = [];
  const parameters = new Map<string, string>();
  let full = false;

  const report = (rule: FindingId, line: Mapped, message: string, suggestion: string): void => {
    const start = line.from[0] ?? 0;
    const position = positionAt(line.source, start, line.to.at(-1) ?? start + 1);
    findings.push({ rule, severity: 'warning', message, suggestion, position });
  };

  /** The files that are being read, the outermost first. */
  const open: string[] = [];
  const read = (file: Source, depth: number): void => {
    open.push(file.file);
    const filled = fillPlaceholders(mapped(file, 0, file.text.length), context.placeholders);
    const physical = splitLines(filled).map(withoutComment);
    for (let i = 0; i < physical.length; i += 1) {
      const line = physical[i];
      if (line === undefined || full) break;
      let value = line;
      const parts = [line];
      // A definition may go on over several lines; so may, from keepalived 2.2.8 on, any other line.
      while (value.text.endsWith('\\') && i + 1 < physical.length) {
        i += 1;
        const next = physical[i];
        if (!next) break;
        parts.push(next);
        value = next;
      }
      const definition = parts.length > 1 || definitionOf(line.text) !== undefined ? define(parts, depth) : false;
      if (!definition) process(joined(parts), file, depth);
    }
    open.pop();
  };

  /** Takes `$NAME=VALUE` in; false when the lines are something else. */
  const define = (parts: readonly Mapped[], depth: number): boolean => {
    const [first, ...more] = parts;
    if (!first || depth > maxDepth) return false;
    const condition = conditionOf(first.text);
    const found = definitionOf(condition?.rest ?? first.text);
    if (!found) return false;
    settled.push(...parts);
    if (condition && !holds(condition)) return true;
    parameters.set(
      found.name,
      more.length === 0
        ? found.value
        : [found.value, ...more.map(({ text }) => text)]
            .map((text) => text.replace(/\\$/, '').trim())
            .join('\n')
            .trim(),
    );
    return true;
  };

  const holds = ({ id, negated }: { id: string; negated: boolean }): boolean => {
    if (context.configId === undefined) return true;
    return (id === context.configId) !== negated;
  };

  const process = (line: Mapped, file: Source, depth: number): void => {
    if (line.text.trim() === '') return;
    if (full || depth > maxDepth || lines.length >= maxLines) {
      if (!full)
        report('import-too-much', line, 'the configuration multiplies itself without end', 'Write the lines out.');
      full = true;
      return;
    }
    const condition = conditionOf(line.text);
    if (condition) {
      if (!holds(condition)) {
        settled.push(line);
        return;
      }
      process(sliceMapped(line, line.text.length - condition.rest.length), file, depth + 1);
      return;
    }
    const include = /^\s*(include[rmwba]?)\s+(\S+)\s*$/.exec(line.text);
    if (include) {
      readIncluded(line, include[2] ?? '', file, depth);
      return;
    }
    if (/^\s*\$\w+=/.test(line.text) && define([line], depth)) return;
    const sequence = sequenceValues(line.text) ?? listValues(line.text);
    if (sequence) {
      const rest = sliceMapped(line, sequence.length);
      for (const values of sequence.rounds) {
        for (const [name, value] of values) parameters.set(name, value);
        process(rest, file, depth + 1);
        if (full) return;
      }
      return;
    }
    const replaced = substitute(line, parameters, file);
    if (replaced === undefined) {
      lines.push(line);
      return;
    }
    // A value may be several lines, and each may begin with a condition, define or use further parameters.
    for (const part of splitLines(replaced)) process(part, file, depth + 1);
  };

  const readIncluded = (line: Mapped, pattern: string, file: Source, depth: number): void => {
    const found = context.include?.(pattern.replaceAll(/^["']|["']$/g, ''), file.file) ?? [];
    settled.push(line);
    if (found.length === 0)
      report(
        'import-include-not-found',
        line,
        `the included file ${pattern} was not given`,
        'Give import the folder that it is in, so that nothing is overlooked.',
      );
    for (const { file: name, text } of found) {
      if (open.includes(name)) {
        report('import-include-loop', line, `${name} includes itself`, 'Remove one of the includes.');
        continue;
      }
      if (depth < maxDepth) read(source(text, name), depth + 1);
    }
  };

  read(root, 0);
  return { lines, settled, findings };
}

function joined(parts: readonly Mapped[]): Mapped {
  const [first] = parts;
  if (!first || parts.length === 1) return first ?? mapped({ file: '', text: '', lineStarts: [0] }, 0, 0);
  const trimmed = parts.map((part) => (part.text.endsWith('\\') ? sliceMapped(part, 0, part.text.length - 1) : part));
  return {
    text: trimmed.map(({ text }) => text).join(''),
    source: first.source,
    from: trimmed.flatMap(({ from }) => from),
    to: trimmed.flatMap(({ to }) => to),
  };
}

function splitLines(text: Mapped): Mapped[] {
  const lines: Mapped[] = [];
  let start = 0;
  for (let at = text.text.indexOf('\n'); at !== -1; at = text.text.indexOf('\n', start)) {
    lines.push(sliceMapped(text, start, at));
    start = at + 1;
  }
  lines.push(sliceMapped(text, start));
  return lines;
}

/** `#` and `!` begin a comment anywhere outside quotes. */
function withoutComment(line: Mapped): Mapped {
  let quote = '';
  for (let i = 0; i < line.text.length; i += 1) {
    const char = line.text[i] ?? '';
    if (char === '\\') i += 1;
    else if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '#' || char === '!') return trimEnd(sliceMapped(line, 0, i));
  }
  return trimEnd(line);
}

function trimEnd(line: Mapped): Mapped {
  return sliceMapped(line, 0, line.text.trimEnd().length);
}

function definitionOf(text: string): { name: string; value: string } | undefined {
  const match = /^\s*\$([A-Za-z_]\w*)=(.*)$/s.exec(text);
  return match ? { name: match[1] ?? '', value: (match[2] ?? '').replace(/\\$/, '').trim() } : undefined;
}

function conditionOf(text: string): { id: string; negated: boolean; rest: string } | undefined {
  const match = /^\s*@(\^?)(\S+)(\s+(.*))?$/s.exec(text);
  return match ? { negated: match[1] === '^', id: match[2] ?? '', rest: match[4] ?? '' } : undefined;
}

/** The line with every known parameter replaced once; undefined when there is none in it. */
function substitute(line: Mapped, parameters: ReadonlyMap<string, string>, file: Source): Mapped | undefined {
  let result = line;
  let changed = false;
  const pattern = /\$(?:\{(\w+)\}|([A-Za-z_]\w*)(?=\s|$))/g;
  for (let match = pattern.exec(result.text); match; match = pattern.exec(result.text)) {
    const value = predefined(match[1] ?? match[2] ?? '', file) ?? parameters.get(match[1] ?? match[2] ?? '');
    if (value === undefined || result.text.length + value.length > maxLineLength) continue;
    result = replaceMapped(result, match.index, match.index + match[0].length, value);
    pattern.lastIndex = match.index + value.length;
    changed = true;
  }
  return changed ? result : undefined;
}

function predefined(name: string, file: Source): string | undefined {
  return name === '_PWD' ? (file.file.includes('/') ? file.file.replace(/\/[^/]*$/, '') : '.') : undefined;
}
