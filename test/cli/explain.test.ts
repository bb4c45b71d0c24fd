import { describe, expect, it } from 'vitest';
import { explanation } from '../../src/cli/commands/explain.ts';
import { UsageError } from '../../src/cli/shared/usage.ts';
import { findingIds } from '../../src/core/findings/index.ts';

async function explain(...argv: readonly string[]): Promise<string> {
  const json = argv.includes('json');
  return explanation(argv.filter((word) => !['-o', 'json'].includes(word)).at(0), json ? 'json' : 'text');
}

describe('k8s-ha explain', () => {
  it.each(['split-brain', 'error[split-brain]', '[split-brain]'])('explains %s', async (text) => {
    expect(await explain(text)).toMatch(/^split-brain \(error\)\n[^]*Why it matters:[^]*What to do:/);
  });

  it('answers scripts with fields', async () => {
    expect(JSON.parse(await explain('preempt-on', '-o', 'json'))).toMatchObject({
      id: 'preempt-on',
      severities: ['info'],
      remedy: expect.stringContaining('failover.preempt'),
      bad: expect.stringContaining('preempt: true'),
    });
  });

  it('lists every id when none is named', async () => {
    const text = await explain();
    for (const id of findingIds) expect(text).toMatch(new RegExp(`^${id} `, 'm'));
  });

  it('lists every page as JSON', async () => {
    expect(JSON.parse(await explain('-o', 'json'))).toHaveLength(findingIds.length);
  });

  it('asks what was meant when there is no such finding', async () => {
    await expect(explain('spilt-brain')).rejects.toMatchObject({ suggestion: 'Did you mean "split-brain"?' });
    await expect(explain('zzzzzzzzzzzzzzz')).rejects.toThrow(UsageError);
  });
});
