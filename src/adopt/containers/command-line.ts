import type { Source } from '../../cluster/file/source.ts';
import type { Word, Words } from '../word.ts';
import { programOf, type ContainerConfig } from './container.ts';

/** What a text of commands starts on one machine. */
export interface CommandGroup {
  /** The comment that begins the group: "on first node". */
  readonly label?: string | undefined;
  readonly at: Word;
  readonly containers: readonly ContainerConfig[];
  /** Commands that are none: an option where a command should stand, so that what follows is swallowed. */
  readonly broken: readonly Words[];
}

export interface CommandFile {
  readonly groups: readonly CommandGroup[];
  /** `ip addr del …` lines: the VIP is taken off by hand. */
  readonly cleanups: readonly Words[];
}

/** Reads the container commands in a script or a README; prose and other commands are left alone. */
export function readCommands(source: Source): CommandFile {
  interface Open {
    label: string | undefined;
    at: Word;
    containers: ContainerConfig[];
    broken: Words[];
  }
  const groups: Open[] = [];
  const cleanups: Words[] = [];
  const group = (at: Word): Open => {
    const last = groups.at(-1);
    if (last) return last;
    const fresh: Open = { label: undefined, at, containers: [], broken: [] };
    groups.push(fresh);
    return fresh;
  };
  for (const { words, comment } of shellLines(source)) {
    const [first] = words;
    if (comment && /\b(node|host|machine|master|server|first|second|third|cp\d+)\b/i.test(comment.text)) {
      groups.push({ label: comment.text, at: comment, containers: [], broken: [] });
      continue;
    }
    if (!first) continue;
    if (
      words.some(
        ({ text }, i) =>
          text === 'ip' && /^addr?(ess)?$/.test(words[i + 1]?.text ?? '') && words[i + 2]?.text === 'del',
      )
    )
      cleanups.push(words);
    const run = words.findIndex(({ text }) => /^(docker|podman|nerdctl)$/.test(text));
    const isRun = run >= 0 && words.slice(run + 1, run + 3).some(({ text }) => text === 'run' || text === 'create');
    if (!isRun) continue;
    if (first.text.startsWith('-')) {
      group(first).broken.push(words);
      continue;
    }
    const container = containerOf(words.slice(run + 2));
    if (!container) continue;
    const current = group(first);
    // Without comments, a machine begins where a program comes a second time.
    if (current.label === undefined && current.containers.some(({ program }) => program === container.program))
      groups.push({ label: undefined, at: first, containers: [container], broken: [] });
    else current.containers.push(container);
  }
  return { groups: groups.filter(({ containers, broken }) => containers.length + broken.length > 0), cleanups };
}

/** Options of `docker run` that take no value; all others take one. */
const flags = new Set(
  '-d --detach -i --interactive -t --tty -it -ti -id -td --rm --privileged --init --read-only --no-healthcheck -P --publish-all'.split(
    ' ',
  ),
);

function containerOf(words: Words): ContainerConfig | undefined {
  const environment = new Map<string, Word>();
  const unread: Words[] = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i];
    if (!word) break;
    if (!word.text.startsWith('-')) {
      const program = programOf(word.text);
      return program && { program, image: word, environment, by: 'command', unread };
    }
    const [option = '', inline] = word.text.startsWith('--') ? cut(word.text) : [word.text];
    const value = inline === undefined ? words[i + 1] : { ...word, text: inline };
    const takes = !flags.has(option) && inline === undefined;
    if (/^(-e|--env)$/.test(option) && value) {
      const [name, text] = cut(value.text);
      environment.set(name, { ...value, text: text ?? '' });
    } else if (!/^(--net|--network|-v|--volume|--cap-add|--restart|--name|--mount)$/.test(option) && !flags.has(option))
      unread.push(takes && value ? [word, value] : [word]);
    if (takes) i += 1;
  }
  return undefined;
}

function cut(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

interface ShellLine {
  readonly words: Words;
  readonly comment?: Word | undefined;
}

/** Lines of a shell script, joined where they end in a backslash; `$(…)` and variables are kept as they are written. */
function shellLines(source: Source): ShellLine[] {
  const { text } = source;
  const lines: ShellLine[] = [];
  let words: Word[] = [];
  let comment: Word | undefined;
  let i = 0;
  const end = (): void => {
    if (words.length > 0 || comment) lines.push({ words, comment });
    words = [];
    comment = undefined;
  };
  while (i < text.length) {
    const char = text[i] ?? '';
    if (char === '\n') {
      end();
      i += 1;
    } else if (char === '\\' && /^\r?\n/.test(text.slice(i + 1, i + 3))) i += text[i + 1] === '\r' ? 3 : 2;
    else if (/\s/.test(char)) i += 1;
    else if (char === '#') {
      const stop = text.indexOf('\n', i) === -1 ? text.length : text.indexOf('\n', i);
      comment = {
        text: text
          .slice(i, stop)
          .replace(/^#+\s*/, '')
          .trim(),
        source,
        start: i,
        end: stop,
      };
      i = stop;
    } else {
      const word = shellWord(source, i);
      words.push(word);
      i = word.end;
    }
  }
  end();
  return lines;
}

function shellWord(source: Source, start: number): Word {
  const { text } = source;
  let value = '';
  let quote = '';
  let depth = 0;
  let i = start;
  for (; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (char === '\n' && quote === '') break;
    if (char === '\\' && quote !== "'") {
      if (/^\r?\n/.test(text.slice(i + 1, i + 3))) break;
      i += 1;
      value += text[i] ?? '';
    } else if (quote === '' && (char === '"' || char === "'")) {
      // An apostrophe in prose opens no quotation that runs through the rest of the file.
      if (
        !text
          .slice(i + 1)
          .split('\n', 1)[0]
          ?.includes(char)
      )
        value += char;
      else quote = char;
    } else if (char === quote) quote = '';
    else if (quote === '' && depth === 0 && /\s/.test(char)) break;
    else {
      if (char === '(' && text[i - 1] === '$') depth += 1;
      if (char === ')' && depth > 0) depth -= 1;
      value += char;
    }
  }
  return { text: value, source, start, end: Math.max(start + 1, Math.min(i, text.length)) };
}
