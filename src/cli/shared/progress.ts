import { formatMs, type RolloutEvent } from '../../index.ts';
import { tell, wantsColor } from './output.ts';

/** Tells each step as a line: readable in a terminal, in a log and in a test. */
export function tellEvent({ node, what, kind, detail, tookMs }: RolloutEvent): void {
  if (kind === 'done') return;
  const color = wantsColor(process.stderr);
  const mark = { begin: '·', done: '', 'gate-passed': '✓', failed: '✗', 'gate-failed': '✗' }[kind];
  const painted =
    color && mark === '✓'
      ? `\u001B[32m${mark}\u001B[39m`
      : color && mark === '✗'
        ? `\u001B[31m${mark}\u001B[39m`
        : mark;
  const time = tookMs === undefined || tookMs < 100 ? '' : ` (${formatMs(tookMs)})`;
  tell(`  ${painted} ${node.padEnd(8)} ${what}${detail === undefined ? '' : `: ${detail.split('\n')[0]}`}${time}`);
}
