import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../src/act/verbs/status.ts';
import { diagnoseStatus } from '../../../src/judge/status.ts';
import { diagnosisText, shortText, verdictCodes, worstOf } from '../../../src/report/diagnosis.ts';
import { statusText } from '../../../src/report/status.ts';
import { spec } from '../../drill/sim/world.ts';
import { seenInState, stateNames } from '../../judge/diagnosis/states.ts';

/** What a terminal of this width shows. */
async function shown(name: (typeof stateNames)[number], width: number) {
  const status = statusOf(spec, await seenInState(name));
  const diagnosis = diagnoseStatus(spec, status, { file: 'prod.yaml' });
  const text = [
    diagnosisText('prod', diagnosis, { color: false, width, verbose: false }),
    statusText(spec, status, width),
  ].join('\n\n');
  return { status, diagnosis, text };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}

async function line(name: (typeof stateNames)[number], holders: readonly string[]): Promise<string> {
  return shortText('prod', (await shown(name, 80)).diagnosis, holders);
}

describe.each(stateNames)('status of a cluster that is %s', (name) => {
  test('at 80 columns is as it was looked at', async () => {
    const { text, diagnosis } = await shown(name, 80);
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text.split('\n', 1)[0]).toMatch(/^prod {2}(?:served|DEGRADED|OUTAGE|UNKNOWN)$/);
    expect(shortText('prod', diagnosis, ['cp1'])).not.toContain('\n');
  });

  test('breaks no word in a narrow terminal', async () => {
    const [wide, narrow] = [await shown(name, Infinity), await shown(name, 50)];
    // Paragraphs have their headings again: every word of the wide text is there whole.
    const there = new Set(words(narrow.text.replaceAll(':', ' ')));
    for (const word of words(wide.text.replaceAll(':', ' '))) expect(there).toContain(word);
  });
});

test('one line has the verdict, the worst cause, who holds the address and how many nodes could', async () => {
  expect(await line('healthy', ['cp1'])).toBe('prod served (held by cp1; 3 of 3 nodes)');
  expect(await line('node-lost', ['cp2'])).toBe('prod DEGRADED: cp1 does not answer (held by cp2; 2 of 3 nodes)');
  expect(await line('node-lost', [])).toBe('prod DEGRADED: cp1 does not answer (2 of 3 nodes)');
});

test('what follows from a cause is folded after three, and complete when asked for', () => {
  const consequences = ['a', 'b', 'c', 'd', 'e'];
  const cause = { rule: 'cut-off', severity: 'error', what: 'x', command: 'k8s-ha explain x', consequences } as const;
  const diagnosis = { verdict: 'degraded', sentence: 's', causes: [cause], redundancy: { fit: 1, of: 2 } } as const;
  const text = (verbose: boolean): readonly string[] =>
    diagnosisText('prod', diagnosis, { color: false, width: 80, verbose }).split('\n');
  expect(text(false).slice(3)).toEqual([
    '✗ x',
    '    a',
    '    b',
    '    c',
    '    and 2 more',
    '  → k8s-ha explain x',
    '    k8s-ha explain cut-off',
  ]);
  expect(text(true)).toContain('    e');
});

test('the exit code is that of the worst verdict, as systemctl has it', () => {
  expect(verdictCodes[worstOf(['served', 'degraded', 'unknown', 'outage'])]).toBe(3);
  expect(verdictCodes[worstOf(['served', 'unknown', 'degraded'])]).toBe(4);
  expect(verdictCodes[worstOf(['served', 'degraded'])]).toBe(1);
  expect(verdictCodes[worstOf(['served', 'served'])]).toBe(0);
});

test('it says what becomes of established connections where the cluster file wants something for them', async () => {
  const status = statusOf(spec, await seenInState('healthy'));
  const said = (keys: { keepConnections?: boolean; tellClients?: boolean }): string | undefined =>
    statusText({ ...spec, failover: { ...spec.failover, ...keys } }, status, 200)
      .split('\n')
      .find((text) => text.startsWith('Established'));
  expect(said({})).toBeUndefined();
  expect(said({ keepConnections: true })).toBe('Established connections: a planned move keeps them.');
  expect(said({ keepConnections: true, tellClients: true })).toBe(
    'Established connections: a planned move keeps them; another one tells their clients.',
  );
});
