import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../src/cluster/timers.ts';
import type { NodeRunning } from '../../src/cluster/state.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { healthFindings } from '../../src/judge/health.ts';
import { renderNode } from '../../src/render/render.ts';
import { settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const spec = fakeSpec();

function rulesWith(clients: NodeRunning['clients']): readonly string[] {
  const [first] = spec.nodes;
  if (!first) throw new Error('no node');
  const set = renderNode(spec, first, fakeTimers, assumedFacts);
  return healthFindings(spec, stateOf(settledNode(0, set, [], { clients }))).map(({ rule }) => rule);
}

describe('an HAProxy that clients fill', () => {
  test('is a finding of its node from the last few connections on', () => {
    expect(rulesWith(known({ current: 9285, limit: 9285 }))).toContain('connections-full');
    expect(rulesWith(known({ current: 9200, limit: 9285 }))).toContain('connections-full');
    expect(rulesWith(known({ current: 8000, limit: 9285 }))).not.toContain('connections-full');
  });

  test('is not guessed where it tells no limit, or nothing', () => {
    expect(rulesWith(known({ current: 0, limit: 0 }))).not.toContain('connections-full');
    expect(rulesWith(unknown('no answer'))).not.toContain('connections-full');
  });
});
