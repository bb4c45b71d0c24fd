import { describe, expect, test } from 'vitest';
import { isGood } from '../../../src/drill/result.ts';
import { drillReport } from '../../../src/report/drill/drill-report.ts';
import { allowedBlock } from '../../../src/report/html/allowed.ts';
import { drillText } from '../../../src/report/drill/drill.ts';
import type { DrillResult } from '../../../src/drill/result.ts';
import { predict } from '../../../src/predict/predict.ts';
import { fakeSpec, fakeTimers } from '../../fakes/spec.ts';
import { drillResult as result, drillSource } from '../../fakes/drill.ts';

function allowed(upperMs: number, lostMs: number): string {
  return allowedBlock(
    result({ lostMs, usable: undefined, prediction: { ...result().prediction, lowerMs: 0, upperMs } }),
  );
}

function quorumLost(): DrillResult {
  const found = predict(fakeSpec(), fakeTimers).find(({ disruption }) => disruption === 'etcd-quorum-lost');
  if (!found) throw new Error('no prediction');
  const writes = { sent: 320, failed: 280, slow: 0, worstMs: 3000, stallMs: 14_200, acknowledged: 40, lost: 0 };
  return result({ fault: 'etcd-quorum-lost', nodes: ['cp1', 'cp3'], prediction: found, lostMs: 0, writes });
}

describe("a drill's report", () => {
  test('on a terminal has what was lost next to what was predicted', () => {
    expect(drillText([result()])).toMatch(
      /node-lost +cp1 +360 ms ± 40 ms +286 ms–2\.62 s +366 ms +51 % +address 36 +36 of 100/,
    );
  });

  test('without a quorum read says what of connections was lost, and what was not measured', () => {
    const text = drillText([result({ usable: undefined })]);
    expect(text).toMatch(/360 ms ± 10 ms +286–449 ms +– +– +– +36 of 100/);
    expect(text).toContain('no new connection was served promptly');
    expect(drillReport('tutorial', [result({ usable: undefined })])['report.md']).toContain('| not measured |');
  });

  test('says so where connections alone were lost for longer than predicted', () => {
    const slow = result({ verdict: 'above', outage: { ...result().outage, outageMs: 900 } });
    expect(drillText([slow])).toContain('connections were lost for 900 ms, predicted at most 449 ms');
    expect(drillText([result()])).not.toContain('connections were lost for');
  });

  test('is told in paragraphs where its table would be broken', () => {
    const [head, ...lines] = drillText([result()], 80).split('\n');
    expect(head).toBe('node-lost on cp1: within the prediction');
    expect(lines.slice(0, 5)).toEqual([
      '  lost         360 ms ± 40 ms; predicted 286 ms–2.62 s',
      '  no answer    no good one for 366 ms, 51 % of the reads failed (address 36)',
      '  connections  36 of 100 failed, 0 slow; kept ones: 0 of 20 requests failed',
      '  watch back   410 ms',
      '  writes lost  0 of 17',
    ]);
    expect(
      Math.max(
        ...drillText([result(), quorumLost()], 80)
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThan(81);
  });

  test('calls lost writes, two holders, an unfinished healing and an unknown node by their names', () => {
    const bad = result({
      writes: { sent: 20, failed: 3, slow: 0, worstMs: 30, stallMs: 380, acknowledged: 17, lost: 2 },
      holders: { ...result().holders, twoMs: 900, unknown: { cp3: 'no answer' } },
      twoHoldersVerdict: 'above',
      gates: [{ sentence: 'all is well', passed: false, lastError: 'it is not', tookMs: 1 }],
      writesNote: 'no credentials',
    });
    const text = drillText([bad]);
    for (const words of [
      '2 ACKNOWLEDGED WRITES ARE LOST',
      'TWO HOLDERS for 900 ms',
      'NOT HEALED: all is well',
      'cp3',
      'no credentials',
    ])
      expect(text).toContain(words);
    expect(isGood(bad)).toBe(false);
    expect(isGood(result())).toBe(true);
  });

  test('says of a lost quorum how long writes failed, wherever it names what was lost and what was predicted', () => {
    // Where reads were made, these tell it too.
    expect(drillText([quorumLost()])).toMatch(/; writes failed for 14\.2 s +no upper bound; every write, until etcd/);
    const quorum: DrillResult = { ...quorumLost(), usable: undefined };
    expect(drillText([quorum])).toMatch(
      / 0 ms ± 10 ms; writes failed for 14\.2 s +every write, until etcd has a majority /,
    );
    const { 'report.md': markdown = '', 'report.html': page = '' } = drillReport('tutorial', [quorum]);
    expect(markdown).toContain('| 0 ms; writes failed for 14.2 s | every write, until etcd has a majority |');
    expect(markdown).toMatch(/= until 2 of 3 etcd members run again\. .*caches/);
    expect(page).toContain('Writes failed for 14.2 s; new connections lost 0 ms');
    expect(page).not.toMatch(/0 ms of 0 ms|nothing may be lost/);
    expect(page).toContain('class="lost" style="width:100.0%"');
    expect(drillText([{ ...quorum, writes: undefined }])).toContain('; writes not measured');
  });

  test('says of two members that connections were lost for a time, and then writes', () => {
    const both = result({ prediction: { ...result().prediction, writes: 'fail' } });
    expect(drillText([both])).toMatch(/360 ms ± 40 ms; writes failed for 380 ms +286 ms–2\.62 s; every write, until/);
    expect(allowedBlock(both)).toContain('Writes failed for 380 ms; 360 ms of 2.62 s allowed');
  });

  test('shows every attempt, and holds only the last against the prediction', () => {
    const attempts = [result({ verdict: 'invalid' }), result({ attempt: 2 })];
    expect(drillText(attempts)).toMatch(
      /INVALID: the prober was late; measured again\n.*within the prediction \(attempt 2\)/,
    );
    const files = drillReport('tutorial', attempts);
    expect(JSON.parse(files['report.json'] ?? '')).toMatchObject({
      good: true,
      results: [{ attempt: 1, verdict: 'invalid' }, { attempt: 2 }],
    });
    expect(files['report.html']).toContain('1 drill, 1 as predicted');
    expect(files['report.html']).toContain('1 invalid measurement was made again');
    expect(files['report.md']).toContain('INVALID: the prober was late; measured again');
    expect(JSON.parse(drillReport('tutorial', attempts.slice(0, 1))['report.json'] ?? '')).toMatchObject({
      good: false,
    });
  });

  test('as a page needs nothing from anywhere, and no script', () => {
    const page = drillReport('tutorial', [result()])['report.html'] ?? '';
    expect(page).not.toMatch(/<script|https?:\/\/|@import|url\(|src=/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('<svg');
  });

  test('shows names that come from outside as text', () => {
    const page = drillReport('<b>x</b>', [result({ nodes: ['<img src=x>'] })])['report.html'] ?? '';
    expect(page).not.toMatch(/<b>x|<img/);
    const markdown = drillReport('x', [result({ nodes: ['a|b'] })])['report.md'] ?? '';
    expect(markdown).toContain(String.raw`a\|b`);
  });

  test('as data can be read back whole', () => {
    const data: unknown = JSON.parse(drillReport('tutorial', [result()])['report.json'] ?? '');
    expect(data).toMatchObject({ cluster: 'tutorial', good: true, results: [{ lostMs: 360 }] });
  });

  test('says what they were made with, so that their figures can be held against others', () => {
    const files = drillReport('tutorial', [result()], drillSource);
    expect(JSON.parse(files['report.json'] ?? '')).toMatchObject({ source: { tool: '0.1.0', targetMs: 500 } });
    expect(files['report.md']).toContain(`sha256 \`${drillSource.file?.sha256}\``);
    expect(files['report.md']).toContain('- cp2: keepalived 2.2.7, HAProxy 2.6.12');
    expect(files['report.html']).toContain(drillSource.file?.sha256);
    expect(drillReport('tutorial', [result()])['report.md']).not.toContain('Made with');
  });

  test('shows a loss as a share of what was allowed, also where nothing was, or everything', () => {
    expect(allowed(129, 62)).toContain('62 ms of 129 ms allowed');
    expect(allowed(129, 62)).toMatch(/class="lost" style="width:47\.\d%"/);
    expect(allowed(129, 62)).not.toContain('lost above');
    expect(allowedBlock(result({ usable: undefined, lostMs: 700, verdict: 'above' }))).toContain(
      'class="lost above" style="width:98.0%"',
    );
    expect(allowed(0, 0)).toContain('nothing may be lost');
    expect(allowed(Infinity, 900)).toContain('900 ms; allowed until it is healed');
    expect(allowed(Infinity, 900)).not.toMatch(/NaN|Infinity/);
  });
});
