import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { readCommands } from '../../src/adopt/containers/command-line.ts';
import { readManifests } from '../../src/adopt/containers/manifest.ts';
import { withoutSecrets } from '../../src/adopt/secrets.ts';
import { readHaproxy } from '../../src/adopt/haproxy/read.ts';
import { expandKeepalived } from '../../src/adopt/keepalived/expand.ts';
import { readKeepalived } from '../../src/adopt/keepalived/read.ts';
import { keepalivedTree, type Statement } from '../../src/adopt/keepalived/tree.ts';
import { source } from '../../src/cluster/file/source.ts';
import { findingsText } from '../../src/report/findings.ts';
import { lostLines } from './lost.ts';
import { commands, haproxy, keepalived, manifest } from './texts.ts';

const runs = Number(process.env['K8S_HA_FUZZ_RUNS'] ?? 100_000);

function wordCount(statements: readonly Statement[]): number {
  return statements.reduce((sum, { words, block = [] }) => sum + words.length + wordCount(block), 0);
}

/** The whole import takes longer than its readers: one in this many cases goes through all of it. */
const wholeEvery = 40;

function readAlone(vrrp: string, proxy: string, script: string, pod: string): void {
  readKeepalived(vrrp, 'k', {
    placeholders: new Map([['X', 'a\nb']]),
    include: () => [{ file: 'x.conf', text: vrrp.slice(0, 60) }],
  });
  readHaproxy(proxy, 'h', { environment: new Map([['X', '1']]) });
  readCommands(source(script, 's'));
  readManifests(source(pod, 'p'));
  // No word is lost between the lines and the tree, whatever the braces.
  const { lines } = expandKeepalived(source(vrrp, 'k'));
  const count = wordCount(keepalivedTree(lines).statements);
  const alone = lines.reduce((sum, line) => sum + wordCount(keepalivedTree([line]).statements), 0);
  if (count !== alone) throw new Error(`${alone} words became ${count}`);
}

function importWhole(vrrp: string, proxy: string, script: string, pod: string, node: string | undefined): void {
  const files = [
    { file: 'keepalived.conf', text: vrrp, node },
    { file: 'x.conf', text: vrrp.slice(0, 60), node },
    { file: 'haproxy.cfg', text: proxy, node },
    { file: 'start.sh', text: script, node: undefined },
    { file: 'pod.yaml', text: pod, node: undefined },
  ];
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const adopted = adopt(files, { name: 'fuzz' });
  const { findings, unread, clusterFile } = adopted;
  for (const position of [...findings.map((finding) => finding.position), ...unread.map((line) => line.position)]) {
    if (!position) continue;
    const line = texts.get(position.file)?.split('\n')[position.line - 1]?.replace(/\r$/, '');
    if (withoutSecrets(line ?? '') !== position.text || position.column < 1 || position.length < 1)
      throw new Error(`${position.file}:${position.line}:${position.column} is not where "${position.text}" stands`);
  }
  const lost = lostLines(files, adopted);
  if (lost.length > 0) throw new Error(`lost: ${lost.join('\n')}`);
  const said = findingsText(findings, { color: true });
  if (/\bNaN\b|\bInfinity\b/.test(said) && !/NaN|Infinity/.test([...texts.values()].join(''))) throw new Error(said);
  if (clusterFile?.includes('undefined')) throw new Error(clusterFile);
}

it(
  `${runs} configurations, right and wrong, are read without a crash, and every word has its place`,
  { timeout: 3_600_000 },
  () => {
    let cases = 0;
    fc.assert(
      fc.property(
        keepalived,
        haproxy,
        commands,
        manifest,
        fc.constantFrom('a', undefined),
        (vrrp, proxy, script, pod, node) => {
          cases += 1;
          readAlone(vrrp, proxy, script, pod);
          if (cases % wholeEvery === 0) importWhole(vrrp, proxy, script, pod, node);
        },
      ),
      { numRuns: runs },
    );
    expect(cases).toBe(runs);
  },
);
