import type { Source } from '../../cluster/file/source.ts';
import type { Version } from '../../core/version.ts';
import { haproxyMs } from '../time.ts';
import type { Said, Word, Words } from '../word.ts';
import { condition } from './condition.ts';
import { splitHaproxy, type Environment, type HaproxyLine } from './split.ts';

/** A section with its lines; a proxy knows the defaults that are in force for it. */
export interface Section {
  readonly kind: string;
  readonly name?: Word | undefined;
  readonly header: Words;
  readonly lines: readonly Words[];
  readonly defaults?: Section | undefined;
}

export interface HaproxyTree {
  readonly sections: readonly Section[];
  /** Lines before the first section: only directives of the preprocessor may stand there. */
  readonly loose: readonly Words[];
  /** Lines that a condition took out, and the directives themselves. */
  readonly settled: readonly Words[];
  /** Conditions that could not be decided: their lines are taken as if they held. */
  readonly undecided: readonly Words[];
  readonly unset: readonly Word[];
}

const kinds = new Set(
  `global defaults frontend backend listen peers resolvers userlist program cache mailers ring http-errors fcgi-app
  log-forward crt-store traces log-profile acme email-alert healthcheck`.split(/\s+/),
);

/** Resolves conditions and cuts the lines into sections. Several files are read one after the other, as `haproxy -f` does. */
export function haproxySections(sources: readonly Source[], environment: Environment, version: Version): HaproxyTree {
  const settled: Words[] = [];
  const undecided: Words[] = [];
  const kept = sources.flatMap((source) =>
    conditional(splitHaproxy(source, environment), environment, version, settled, undecided),
  );
  interface Open {
    kind: string;
    name: Word | undefined;
    header: Words;
    lines: Words[];
    defaults: Section | undefined;
  }
  const sections: Open[] = [];
  const loose: Words[] = [];
  let latest: Section | undefined;
  const named = new Map<string, Section>();
  for (const { words } of kept) {
    const [first, second] = words;
    if (first && kinds.has(first.text)) {
      const from = words.findIndex(({ text }) => text === 'from');
      const parent = from > 0 ? named.get(words[from + 1]?.text ?? '') : undefined;
      const defaults = first.text === 'defaults' ? parent : (parent ?? latest);
      const name = second && second.text !== 'from' ? second : undefined;
      const section: Open = { kind: first.text, name, header: words, lines: [], defaults };
      sections.push(section);
      if (first.text === 'defaults') {
        latest = section;
        if (name) named.set(name.text, section);
      }
    } else (sections.at(-1)?.lines ?? loose).push(words);
  }
  return { sections, loose, settled, undecided, unset: kept.flatMap(({ unset }) => unset) };
}

interface Level {
  /** The lines of this branch count. */
  active: boolean;
  /** A branch of this level was taken already. */
  taken: boolean;
  readonly outer: boolean;
}

function conditional(
  lines: readonly HaproxyLine[],
  environment: Environment,
  version: Version,
  settled: Words[],
  undecided: Words[],
): HaproxyLine[] {
  const levels: Level[] = [];
  return lines.filter(({ words }) => {
    const directive = words[0]?.text ?? '';
    const active = levels.at(-1)?.active ?? true;
    if (!/^\.(if|elif|else|endif|diag|notice|warning|alert)$/.test(directive)) {
      if (!active) settled.push(words);
      return active;
    }
    settled.push(words);
    const level = levels.at(-1);
    const decide = (): boolean => {
      const text = words
        .slice(1)
        .map((word) => word.text)
        .join(' ');
      const value = condition(text, environment, version);
      if (value === undefined) undecided.push(words);
      return value ?? true;
    };
    if (directive === '.if') {
      const holds = active && decide();
      levels.push({ active: holds, taken: holds, outer: active });
    } else if (directive === '.elif' && level) {
      level.active = level.outer && !level.taken && decide();
      level.taken ||= level.active;
    } else if (directive === '.else' && level) level.active = level.outer && !level.taken;
    else if (directive === '.endif') levels.pop();
    return false;
  });
}

/** The last line that begins with these words, in the section or else in its defaults; `no …` takes it away again. */
export function setting(section: Section, ...keywords: readonly string[]): Words | undefined {
  const begins = (words: Words, offset: number): boolean =>
    keywords.every((keyword, i) => words[i + offset]?.text === keyword);
  let depth = 0;
  for (let at: Section | undefined = section; at && depth < 20; at = at.defaults, depth += 1) {
    const line = at.lines.findLast((words) => begins(words, words[0]?.text === 'no' ? 1 : 0));
    if (line) return line[0]?.text === 'no' ? undefined : line;
  }
  return undefined;
}

/** A timeout of a section, in milliseconds, with the word that says it. */
export function timeoutOf(section: Section, name: string): Said<number> | undefined {
  const at = setting(section, 'timeout', name)?.[2];
  const value = at && haproxyMs(at.text);
  return at && value !== undefined ? { value, at } : undefined;
}
