import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';

const workflows = '.github/workflows';
const forms = '.github/ISSUE_TEMPLATE';

const stepSchema = z.strictObject({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const workflowSchema = z.object({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({ contents: z.literal('read') }),
  jobs: z.record(
    z.string(),
    z.object({
      'runs-on': z.string(),
      'timeout-minutes': z.number(),
      strategy: z.object({ matrix: z.object({ node: z.array(z.number()) }) }).optional(),
      steps: z.array(stepSchema),
    }),
  ),
});
const formSchema = z.object({
  name: z.string(),
  description: z.string(),
  labels: z.array(z.string()),
  body: z.array(
    z.object({
      type: z.enum(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes']),
      id: z.string().optional(),
      attributes: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** Throws on anything that YAML itself warns of, such as a key that is written twice. */
function parsed(folder: string, name: string): unknown {
  const document = parseDocument(readFileSync(join(folder, name), 'utf8'));
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS();
}

describe.each(readdirSync(workflows))('the workflow %s', (name) => {
  const { jobs } = workflowSchema.parse(parsed(workflows, name));
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('pins actions by their major version', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^actions\/[\w-]+@v\d+$/);
  });

  it('either uses or runs something in each step, and runs what exists', () => {
    for (const { uses, run } of steps) expect([uses, run].filter((one) => one !== undefined)).toHaveLength(1);
    const ours = steps.flatMap(({ run }) => /\.\/\S+/.exec(run ?? '')?.[0] ?? []);
    expect(ours.length).toBeGreaterThan(0);
    for (const file of ours) expect(existsSync(file), file).toBe(true);
  });
});

describe('the check of every push', () => {
  const { on, jobs } = workflowSchema.parse(parsed(workflows, 'check.yml'));

  it('runs on pushes and pull requests, with the oldest Node that is supported and newer ones', () => {
    expect(Object.keys(on)).toEqual(['push', 'pull_request']);
    const manifest = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    const nodes = Object.values(jobs).flatMap(({ strategy }) => strategy?.matrix.node ?? []);
    expect(manifest.engines.node).toMatch(new RegExp(`^>=${Math.min(...nodes)}\\.`));
    expect(nodes).toEqual([20, 22, 24]);
  });
});

describe.each(readdirSync(forms).filter((name) => name !== 'config.yml'))('the issue form %s', (name) => {
  const { body } = formSchema.parse(parsed(forms, name));

  it('has a label and an id of its own for each question', () => {
    const questions = body.filter(({ type }) => type !== 'markdown');
    expect(questions.length).toBeGreaterThan(1);
    for (const { attributes } of questions) expect(attributes).toHaveProperty('label');
    expect(new Set(questions.map(({ id }) => id ?? '')).size).toBe(questions.length);
  });
});
