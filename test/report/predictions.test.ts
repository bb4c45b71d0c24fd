import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { predict } from '../../src/predict/predict.ts';
import { drillList } from '../../src/report/drill/list.ts';
import { predictionsText, rangeText } from '../../src/report/predictions.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const plain = { color: false, width: 80, targetMs: 500 };
const predictions = predict(fakeSpec(), fakeTimers);
const text = predictionsText(predictions, fakeTimers, plain);

describe('predictionsText', () => {
  test('shows every fault with its bounds, impact and formula', () => {
    for (const { title } of predictions) expect(text).toContain(title);
    expect(text).toContain(
      [
        '  VIP holder loses power',
        '    286–449 ms, no new connection is served',
        '    = 4 × 100 ms adverts + 8.6 ms skew + 5 ms timing + 15 ms takeover + 20 ms',
      ].join('\n'),
    );
  });

  test('begins with a table, worst first, of what the target covers and what it does not', () => {
    const lines = text.split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'FAULT                     A CLIENT LOSES  WHAT FAILS            ≤ 500 ms',
      'etcd-quorum-lost          no upper bound  WRITES; reads cached  not covered',
      'late-arp                  up to 6.53 s    every new connection  over',
      'connections-exhausted     1.89–3.22 s     every new connection  over',
      'haproxy-hung              376–899 ms      every new connection  over',
    ]);
    expect(lines).toContain('  over         may take longer: late-arp, connections-exhausted, haproxy-hung.');
  });

  test('never says of a lost quorum that clients notice nothing', () => {
    const quorum = text.slice(text.indexOf('  etcd loses its quorum'), text.indexOf('  HAProxy on the VIP holder has'));
    expect(quorum.replaceAll(/\s+/g, ' ')).toContain('every write fails; reads come from caches at best');
    expect(quorum).toContain('= until 2 of 3 etcd members run again');
    expect(quorum).not.toContain('notice nothing');
    // Stacked etcd of two members: the node that is lost takes the majority with it.
    const two = fakeSpec({}, { nodes: 2, vips: 1 });
    expect(predictionsText(predict(two, fakeTimers), fakeTimers, { ...plain, width: 120 })).toContain(
      'no new connection is served; then the address answers, and every write fails',
    );
  });

  test('breaks no word and no row at 80 columns', () => {
    const words = new Set(predictionsText(predictions, fakeTimers, { ...plain, width: 1000 }).split(/\s+/));
    for (const word of text.split(/\s+/)) expect(words).toContain(word);
    expect(
      Math.max(
        ...drillList(fakeSpec(), fakeTimers, plain)
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThan(81);
  });

  test('lists what can be drilled with the same table, and says what needs to be allowed', () => {
    const list = drillList(fakeSpec(), fakeTimers, plain);
    expect(list.startsWith('FAULT')).toBe(true);
    expect(list).toContain('etcd-quorum-lost          no upper bound  WRITES; reads cached');
    expect(list).toContain('is no majority. Only with\n    --allow-quorum-loss.');
  });

  test('says which timers were solved and for what', () => {
    expect(text).toContain('Timers, solved for an outage of at most 500 ms when the VIP holder is lost');
    expect(text).toContain('adverts      every 100 ms; after 4 missed ones');
  });

  test.each([40, 60, 80, 120])('keeps within %d columns', (width) => {
    const lines = predictionsText(predictions, fakeTimers, { ...plain, width }).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(Math.max(width, 52));
  });

  test('never parts a figure from its unit', () => {
    for (const line of text.split('\n')) expect(line).not.toMatch(/\d$/);
  });

  test('marks a fault that may take longer than the target and says why', () => {
    const hung = text.slice(text.indexOf('HAProxy hangs'), text.indexOf('VIP holder loses power'));
    expect(hung).toContain('longer than the target of 500 ms');
    expect(hung).toContain('keepalived before 2.3.2 begins a check each second at most.');
    // That one, clients that use every connection up for longer, and those that hear of a move late.
    expect(text.match(/longer than the target/g)).toHaveLength(3);
  });

  test('names two holders where there can be two, and only there', () => {
    // Cut off, mute, hung, isolated, a pair; paused, and twice where adverts are lost.
    expect(text.match(/Two nodes hold the VIP/g)).toHaveLength(8);
    expect(text).toContain('Two nodes hold the VIP for up to 554 ms of it.');
  });

  test('has no bound for a single node', () => {
    const single = fakeSpec({}, { nodes: 1, vips: 1 });
    expect(predictionsText(predict(single, fakeTimers), fakeTimers, plain)).toContain(
      'no upper bound, no new connection is served',
    );
  });

  test('colours change nothing but colours', () => {
    const coloured = predictionsText(predictions, fakeTimers, { ...plain, color: true });
    expect(coloured).not.toBe(text);
    expect(stripVTControlCharacters(coloured)).toBe(text);
  });
});

test.each([
  [{ lowerMs: 285.7, upperMs: 448.6 }, '286–449 ms'],
  [{ lowerMs: 775.7, upperMs: 1898.6 }, '776 ms–1.9 s'],
  [{ lowerMs: 0, upperMs: 30 }, 'up to 30 ms'],
  [{ lowerMs: 0, upperMs: 0 }, '0 ms'],
  [{ lowerMs: 0, upperMs: Infinity }, 'no upper bound'],
])('the range %j reads %s', (range, expected) => {
  expect(rangeText(range)).toBe(expected);
});
