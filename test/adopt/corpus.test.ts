import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { adopt, type Adopted } from '../../src/adopt/adopt.ts';
import type { GivenFile } from '../../src/adopt/given.ts';
import { readForeign } from '../../src/cli/shared/foreign.ts';
import { findingsText } from '../../src/report/findings.ts';
import { unreadText } from '../../src/report/adopted.ts';
import { judge } from '../../src/rules/check.ts';
import { lostLines } from './lost.ts';

const root = 'test/fixtures/import/corpus';

/** What a configuration of the corpus must lead to. */
const expectation = z.strictObject({
  causes: z.array(z.string()),
  cluster: z.union([
    z.literal('none'),
    z.strictObject({ vips: z.array(z.string()), port: z.number(), nodes: z.array(z.string()) }),
  ]),
  /** Sentences that may not be said: regular expressions. */
  never: z.array(z.string()),
  /** Lines that must be listed as not carried over. */
  unread: z.array(z.string()).optional(),
});
type Expectation = z.infer<typeof expectation>;

const clusterFile = z.object({
  endpoint: z.object({ virtualIPs: z.array(z.string()), port: z.number() }),
  nodes: z.array(z.object({ name: z.string(), address: z.string(), interface: z.string().optional() })),
});

interface Case {
  readonly name: string;
  readonly files: readonly GivenFile[];
  readonly adopted: Adopted;
  readonly expected: Expectation;
}

const cases: readonly Case[] = readdirSync(root).map((name) => {
  const files = readForeign([join(root, name)]).filter(({ file }) => !file.endsWith('/expect.yaml'));
  return {
    name,
    files,
    adopted: adopt(files, { name, judge }),
    expected: expectation.parse(parse(readFileSync(join(root, name, 'expect.yaml'), 'utf8'))),
  };
});

/** Everything that a user reads. */
function said({ findings, unread, clusterFile = '' }: Adopted): string {
  return [findingsText(findings, { color: false }), JSON.stringify(findings), unreadText(unread), clusterFile].join(
    '\n',
  );
}

function clusterOf(text: string | undefined): Expectation['cluster'] {
  if (text === undefined) return 'none';
  const { endpoint, nodes } = clusterFile.parse(parse(text));
  return {
    vips: endpoint.virtualIPs,
    port: endpoint.port,
    nodes: nodes.map(
      (node) => `${node.name}=${node.address}${node.interface === undefined ? '' : `@${node.interface}`}`,
    ),
  };
}

const score = { causes: 0, named: 0, forbidden: 0, lost: 0 };

describe.each(cases)('$name', ({ files, adopted, expected }) => {
  it('leads to the cluster file that it should', () => {
    expect(clusterOf(adopted.clusterFile)).toEqual(expected.cluster);
  });

  it('has its causes named', () => {
    const rules: readonly string[] = adopted.findings.map(({ rule }) => rule);
    const named = expected.causes.filter((cause) => rules.includes(cause));
    score.causes += expected.causes.length;
    score.named += named.length;
    expect(named).toEqual(expected.causes);
  });

  it('has nothing said of it that is not true', () => {
    const text = said(adopted);
    const forbidden = expected.never.filter((pattern) => new RegExp(pattern).test(text));
    score.forbidden += forbidden.length;
    expect(forbidden).toEqual([]);
  });

  it('loses no line', () => {
    const lost = lostLines(files, adopted);
    score.lost += lost.length;
    expect(lost).toEqual([]);
    const texts = adopted.unread.map(({ text }) => text);
    for (const line of expected.unread ?? []) expect(texts).toContain(line);
  });
});

it('the whole corpus: at least 60 configurations, 95 % of the causes, nothing untrue, no line lost', () => {
  process.stdout.write(
    `corpus: ${cases.length} configurations, ${score.named} of ${score.causes} causes named, ${score.forbidden} forbidden claims, ${score.lost} lines lost\n`,
  );
  expect(cases.length).toBeGreaterThanOrEqual(60);
  expect(score.causes).toBeGreaterThan(cases.length);
  expect(score.named / score.causes).toBeGreaterThanOrEqual(0.95);
  expect([score.forbidden, score.lost]).toEqual([0, 0]);
});
