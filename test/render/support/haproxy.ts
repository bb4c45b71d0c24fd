import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSpec, NodeSpec } from '../../../src/cluster/spec.ts';
import { assumedFacts } from '../../../src/cluster/timers.ts';
import { runDir } from '../../../src/node/paths.ts';
import { renderHaproxy } from '../../../src/render/haproxy.ts';
import { fakeTimers } from '../../fakes/spec.ts';

/**
 * Places the rendered configuration of a node for a HAProxy of the test alone: with its sockets in the test's folder, its health check
 * on a free port, and whatever user runs the test. It asks nobody outside: other nodes refuse, unless `more` says where they are.
 * @param more changes the text further
 * @returns its file
 */
export function placeHaproxy(
  folder: string,
  spec: ClusterSpec,
  node: NodeSpec | undefined,
  healthPort: number,
  more: (text: string) => string = (text) => text,
): string {
  if (!node) throw new Error('no node');
  const text = renderHaproxy(spec, node, fakeTimers, { ...assumedFacts, caPresent: false, nofile: 4096 })
    .replaceAll(/^ +(user|group) haproxy$/gm, '')
    .replaceAll(/user root (?:group root )?mode 600/g, 'mode 600')
    .replaceAll(runDir, folder)
    .replaceAll('7444', String(healthPort));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(join(folder, 'server-state'), '1\n');
  writeFileSync(file, more(text).replaceAll(/^( +(?:server|peer) \S+ )(?!127\.)[\d.]+:\d+/gm, '$1127.0.0.1:1'));
  return file;
}

/** Waits until HAProxy answers as it should; an error where it does not within ten seconds and what its answers take. */
export async function untilItAnswers(answersWell: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await answersWell()); tries += 1) {
    if (tries === 100) throw new Error('HAProxy has not begun to answer');
    await sleep(100);
  }
}
