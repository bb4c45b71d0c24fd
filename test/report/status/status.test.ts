import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../src/act/verbs/status.ts';
import { diagnoseStatus } from '../../../src/judge/status.ts';
import { diagnosisText, shortText } from '../../../src/report/diagnosis.ts';
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
