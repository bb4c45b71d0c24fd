import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { unknown } from '../../src/core/observed.ts';
import { renderNode } from '../../src/render/render.ts';
import { evidenceText } from '../../src/report/evidence.ts';
import { freshNode, settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const spec = fakeSpec();
const [cp2] = spec.nodes.slice(1);
if (!cp2) throw new Error('the fake has nodes');
const set = renderNode(spec, cp2, fakeTimers, assumedFacts);

describe('what check --live looked at', () => {
  const state = stateOf(
    freshNode(0, { freeKiB: unknown('df said nothing'), neighbours: { '172.16.100.101': '52:54:00:00:00:09' } }),
    settledNode(1, set, ['172.16.100.100']),
    'cp3 does not answer',
  );
  const text = evidenceText(spec, state, 80);
  const flat = text.replaceAll(/\s+/g, ' ');

  test('is a line of each node with the values that matter', () => {
    expect(flat).toContain('cp2 Debian GNU/Linux 12 (bookworm); 172.16.217.172/16 on eth0, 172.16.100.100/32 on eth0;');
    expect(flat).toContain('keepalived 2.2.7; haproxy 2.6.12;');
    expect(flat).toContain('port 7443 haproxy, port 7444 free');
    expect(flat).toContain('socat installed;');
  });

  test('says what could not be read, and why', () => {
    expect(flat).toContain('unknown (df said nothing) free');
    expect(text).toContain('\ncp3  cp3 does not answer\n');
  });

  test('says who has each VIP, and who answers for one that no node has', () => {
    expect(text).toContain('VIP 172.16.100.100: held by cp2\n');
    expect(text).toContain('VIP 172.16.100.101: no node has it; on the wire 52:54:00:00:00:09 answers for it\n');
    expect(evidenceText(spec, stateOf(freshNode(0)), 80)).toContain('nobody answers for it on the wire');
    expect(evidenceText(spec, stateOf('off'), 80)).toContain('unknown: no node answered');
  });

  test('fits 80 columns, and breaks no word', () => {
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});
