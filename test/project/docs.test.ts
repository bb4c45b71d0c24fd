import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError, type Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildProgram } from '../../src/cli/program.ts';
import { commandsIn, inlineCommandsIn, wordsOf, type ShownCommand } from './shown-commands.ts';

const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.startsWith('reference/'))
    .map((file) => join('docs', file)),
].toSorted();

const shown = pages.flatMap((page) => {
  const text = readFileSync(page, 'utf8');
  return [...commandsIn(page, text), ...inlineCommandsIn(page, text)];
});

/** Files of the reader: cluster files, and what the cluster or another program has. */
const readersOwn = [
  /^(?:prod|staging|home|k8s-ha)\.yaml$/,
  /^clusters\/\*\.yaml$/,
  // An administrator's kubeconfig, as the page says or kubeadm makes it.
  /^admin\.conf$/,
  // The address of a webhook.
  /^hook\.txt$/,
  /^\/etc\/(?:keepalived\/keepalived\.conf|haproxy\/haproxy\.cfg)$/,
];

/** The program, which parses as the real one does and runs nothing. */
async function parsing(first: string | undefined): Promise<Command> {
  const program = await buildProgram(first);
  const quiet = (command: Command): void => {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    // A command that only holds others has no action: its help would be shown.
    if (command.commands.length === 0 || command.registeredArguments.length > 0) command.action(() => undefined);
    command.commands.forEach(quiet);
  };
  quiet(program);
  return program;
}

describe('the commands of README and docs', () => {
  it('are found', () => {
    expect(shown.length).toBeGreaterThan(100);
    expect(new Set(shown.map(({ page }) => page)).size).toBeGreaterThan(15);
  });

  it.each(shown.map((one) => [`${one.page}:${one.line} k8s-ha ${one.words.join(' ')}`, one] as const))(
    '%s: verb, options and values are those of the program',
    async (_, { words, inSentence }) => {
      const program = await parsing(words[0]);
      const code = await program.parseAsync([...words], { from: 'user' }).then(
        () => 0,
        (error: unknown) =>
          error instanceof CommanderError &&
          // --version and --help end so; a sentence may name a verb without its arguments.
          (error.exitCode === 0 || (inSentence && error.code === 'commander.missingArgument'))
            ? 0
            : error,
      );
      expect(code).toBe(0);
    },
  );

  it.each(pages)('%s names files that are there, or that it makes', (page) => {
    const text = readFileSync(page, 'utf8');
    for (const { words, line } of shown.filter((one) => one.page === page))
      for (const file of words.filter(isFile)) expect(isThere(file, text), `${page}:${line} ${file}`).toBe(true);
  });
});

describe('the other commands of README and docs', () => {
  const texts = [...pages, 'CONTRIBUTING.md'].map((page) => ({ page, text: readFileSync(page, 'utf8') }));
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')));

  it.each(texts)('$page: scripts and files of the project are there', ({ text }) => {
    for (const [, name = ''] of text.matchAll(/npm run ([a-z][\w:]*)/g)) expect(Object.keys(scripts)).toContain(name);
    for (const [, file = ''] of text.matchAll(/(?:^|[\s`])((?:\.\/bin|scripts)\/[\w./-]*\w)/gm))
      expect(existsSync(file), file).toBe(true);
  });
});

function isFile(word: string): boolean {
  return /^[\w./*-]+\.(?:yaml|yml|json|txt|conf|cfg|html)$/.test(word) && !/^\d/.test(word);
}

/** In the repository, the reader's own, or written by a command of the page. */
function isThere(file: string, text: string): boolean {
  if (readersOwn.some((own) => own.test(file))) return true;
  if (/^(?:examples|deploy|docs|lab)\//.test(file)) return existsSync(file);
  return new RegExp(`(?:>|--out|-o|tee|cp|scp|mv|init)\\s*(?:\\S+\\s+)?${file.replaceAll('.', '\\.')}\\b`).test(text);
}

function one(text: string): readonly ShownCommand[] {
  return commandsIn('page', `\`\`\`sh\n${text}\n\`\`\``);
}

describe('a command in a text', () => {
  it.each([
    ['k8s-ha check prod.yaml   # look', ['check', 'prod.yaml']],
    [
      'a | ./bin/k8s-ha drill x.yaml --power-off "ipmi {node} off" >out',
      ['drill', 'x.yaml', '--power-off', 'ipmi {node} off'],
    ],
    ["k8s-ha drain p.yaml cp1 \\\n  --reason 'a b' && b", ['drain', 'p.yaml', 'cp1', '--reason', 'a b']],
    ['PATH="$(k8s-ha lab programs):$PATH" x', ['lab', 'programs']],
  ])('%s is read', (text, words) => {
    expect(one(text).map((found) => found.words)).toEqual([words]);
  });

  it('in a second place of a line is one too, and text is none', () => {
    expect(one('k8s-ha lab up && k8s-ha lab run -- k8s-ha check a.yaml').map(({ words }) => words[0])).toEqual([
      'lab',
      'lab',
      'check',
    ]);
    expect(commandsIn('page', 'k8s-ha is a tool\n\n```yaml\nk8s-ha: 1\n```')).toEqual([]);
    expect(wordsOf('a \'b c\'"d"e')).toEqual(['a', 'b cde']);
  });
});
