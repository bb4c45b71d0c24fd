import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import type { Finding } from '../../src/core/finding.ts';
import { findingIds } from '../../src/core/findings/index.ts';
import { explainListText, explainText } from '../../src/report/explain.ts';
import { findingPages } from '../../src/report/registry.ts';

const src = new URL('../../src/', import.meta.url);

/** The sources that make findings: everything but the texts about them. */
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('core/findings/'))
  .map((path) => ({ path, text: readFileSync(new URL(path, src), 'utf8') }));
const code = sources.map(({ text }) => text).join('\n');
const labCode = sources
  .filter(({ path }) => path.startsWith('lab/'))
  .map(({ text }) => text)
  .join('\n');

/** Ids that an error of types would be: the compiler checks this file too. */
const stranger: Pick<Finding, 'rule'> = {
  // @ts-expect-error -- an id that is in no registry
  rule: 'no-such-finding',
};

const ids = findingPages.map(({ id }) => id);

function isMade(id: string): boolean {
  const name = id.replace(/^lab-/, '');
  return code.includes(`'${id}'`) || (name !== id && new RegExp(`problem\\(\\s*'${name}'`).test(labCode));
}

describe('the registry of findings', () => {
  it('has a page for each id, once', () => {
    expect(ids.toSorted()).toEqual([...findingIds].toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(ids).not.toContain(stranger.rule);
  });

  it.each(ids)('%s is made somewhere', (id) => {
    expect(isMade(id)).toBe(true);
  });

  it('knows every id that a finding is given, with its severity', () => {
    const made = [...code.matchAll(/\brule: '([a-z-]+)'(?: as const)?,\s*severity: '(\w+)'/g)];
    expect(made.length).toBeGreaterThan(60);
    const unknown = made.filter(
      ([, id, severity]) =>
        !findingPages.some((page) => page.id === id && page.severities.some((one) => one === severity)),
    );
    expect(unknown.map(([, id, severity]) => `${id} ${severity}`)).toEqual([]);
  });

  it.each(findingPages)('$id says what it is, what happens if it stays, and what to do', ({ title, why, remedy }) => {
    expect(title).toMatch(/^[-A-Za-z].{9,}[^.]$/);
    expect(why).toMatch(/[.]$/);
    expect(why.split(/\s+/).length).toBeGreaterThanOrEqual(7);
    expect(remedy).toMatch(/^[A-Z].*[.:`]$/s);
    expect(remedy.split(/\s+/).length).toBeGreaterThanOrEqual(3);
    expect(remedy).not.toBe(why);
  });

  it('names only commands and options that exist', async () => {
    const program = await buildProgram();
    const called = findingPages.flatMap(({ id, why, remedy }) =>
      [...`${why} ${remedy}`.matchAll(/`k8s-ha ([^`]*)`/g)].map(([, line = '']) => ({ id, words: line.split(' ') })),
    );
    expect(called.length).toBeGreaterThan(60);
    for (const { id, words } of called) {
      const [verb, second] = words;
      const parent = program.commands.find((one) => one.name() === verb);
      const command = parent?.commands.find((one) => one.name() === second) ?? parent;
      expect(command, `${id}: k8s-ha ${words.join(' ')}`).toBeDefined();
      const known = command?.options.map(({ long }) => long) ?? [];
      for (const option of words.filter((word) => word.startsWith('--')))
        expect(known, `${id}: k8s-ha ${words.join(' ')}`).toContain(option);
    }
  });
});

describe('a finding explained', () => {
  const page = {
    id: 'vip-taken',
    room: 'The nodes',
    severities: ['error', 'warning'],
    title: 'Another machine answers',
    why: 'Clients reach one or the other by chance.',
    remedy: `Find it by its hardware address, which is in the message, and then, on the node, run \`ip neighbour show to 10.0.0.100\`.`,
    docs: 'reference/findings.html#vip-taken',
  } as const;

  it('is its id, severities and title, then why, then what to do, with commands on one line', () => {
    expect(explainText(page)).toBe(`vip-taken (error or warning)
Another machine answers.

Why it matters:
  Clients reach one or the other by chance.

What to do:
  Find it by its hardware address, which is in the message, and then, on the node, run
  \`ip neighbour show to 10.0.0.100\`.

In the documentation: docs/reference/findings.md#vip-taken`);
    expect(explainText(page, 'https://docs.example.com/ha/')).toContain(
      '\nIn the documentation: https://docs.example.com/ha/reference/findings.html#vip-taken',
    );
  });

  it('shows a file that has it and one that does not', () => {
    expect(explainText({ ...page, bad: 'a: 1\n\nb: 2\n', good: 'a: 2\n' })).toContain(`
A file that has it:
  a: 1

  b: 2

A file that does not:
  a: 2`);
  });

  it('is one line in the list, under where it comes from', () => {
    const text = explainListText([page, { ...page, id: 'x', room: 'Elsewhere', severities: ['info'] }]);
    expect(text).toBe(`THE NODES
vip-taken  error, warning  Another machine answers

ELSEWHERE
x          info  Another machine answers`);
  });
});
