import { beforeAll, describe, expect, test } from 'vitest';
import { lineText } from '../../../src/ui/tui/lines.ts';
import { screenLines } from '../../../src/ui/tui/screen.ts';
import { clusterView } from '../../../src/ui/watch/view.ts';
import type { ClusterState } from '../../../src/cluster/state.ts';
import { spec } from '../../drill/sim/world.ts';
import { seenInState, stateNames } from '../../judge/diagnosis/states.ts';
import { watchedThrough } from '../recorded.ts';

let healthy: ClusterState;
beforeAll(async () => {
  healthy = await seenInState('healthy');
});

describe.each(stateNames)('the screen of a cluster that is %s', (name) => {
  test.each([
    { columns: 80, rows: 24 },
    { columns: 160, rows: 50 },
  ])('at $columns × $rows is as it was looked at', async (size) => {
    const { state, events } = watchedThrough(spec, healthy, await seenInState(name));
    const view = clusterView({ ...spec, name: 'prod' }, state, { file: 'prod.yaml' });
    const text = screenLines(view, events, size)
      .map((line) => lineText(line, false).trimEnd())
      .join('\n')
      // The clock of the machine that runs the test.
      .replaceAll(/\d\d:\d\d:\d\d/g, 'hh:mm:ss');
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}-${size.columns}.txt`);
    expect(text.split('\n')).toHaveLength(size.rows);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(size.columns);
  });
});
