import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { filesOf, setups } from './fixtures.ts';
import { lostLines } from './lost.ts';
import { commands, haproxy, keepalived, manifest } from './texts.ts';

it.each(setups)('loses no line of the set-up of %s', (name) => {
  const files = filesOf(name);
  expect(lostLines(files, adopt(files, { name }))).toEqual([]);
});

it('loses no line of generated files, right and wrong', () => {
  fc.assert(
    fc.property(keepalived, haproxy, commands, manifest, (vrrp, proxy, script, pod) => {
      const files = [
        { file: 'keepalived.conf', text: vrrp },
        { file: 'more.conf', text: proxy },
        { file: 'start.sh', text: script },
        { file: 'pod.yaml', text: pod },
      ];
      expect(lostLines(files, adopt(files, {}))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

it('a lost line would be seen: what the readers say they read is needed for it', () => {
  const files = [{ file: 'haproxy.cfg', text: 'listen api\n    mode tcp\n    bind :1\n    server a 10.0.0.1:6443\n' }];
  const adopted = adopt(files, {});
  expect(lostLines(files, { ...adopted, setup: { ...adopted.setup, understood: [] } })).not.toEqual([]);
});
