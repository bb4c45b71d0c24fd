import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBench, type Bench } from './support/bench.ts';
import { clusterSizes, createFleet, fleetVips, type Fleet, type FleetRun } from './support/fleet.ts';

/** The lines of a table without its header, with single spaces. */
function rows({ stdout }: FleetRun): readonly string[] {
  const lines = stdout.trim().split('\n').slice(1);
  const end = lines.indexOf('');
  return lines.slice(0, end === -1 ? undefined : end).map((line) => line.replaceAll(/ +/g, ' ').trim());
}

function isFrugal(ran: FleetRun, logins: number): void {
  expect(ran.logins).toBe(logins);
  expect(ran.peakConnections).toBeLessThanOrEqual(20);
  expect(ran.peakConnections).toBeGreaterThan(5);
  expect(ran.peakMiB).toBeLessThanOrEqual(300);
  expect(ran.stderr).not.toContain('a simulated node is only looked at');
}

function name(index: number): string {
  return `c${String(index + 1).padStart(2, '0')}`;
}

/** Real logins over a real network; how long it takes is for bench/scale to say. */
describe('a hundred nodes in thirty clusters', () => {
  let bench: Bench;
  let fleet: Fleet;

  beforeAll(async () => {
    bench = await createBench('scale', { extraSans: fleetVips });
    const tutorial = bench.clusterFile('tutorial.yaml');
    const ran = await bench.cli(['apply', tutorial, '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stderr);
    fleet = await createFleet(bench, tutorial, ['c07/cp2', 'c20/cp1', 'c20/cp3']);
  }, 300_000);
  afterAll(async () => bench.down());

  it('are planned with a line for each cluster, with twenty connections at most and one login to each node', async () => {
    const ran = await fleet.cli(['plan', ...fleet.files]);
    expect(ran.rc, ran.stderr).toBe(0);
    isFrugal(ran, 100);
    expect(rows(ran)).toEqual(
      clusterSizes.map((_, index) => {
        const plan = { c07: /^change cp2 [0-9a-f]{12} none$/, c20: /^change cp3 cp1 [0-9a-f]{12} none$/ }[name(index)];
        return expect.stringMatching(new RegExp(`^${name(index)} ${plan?.source.slice(1) ?? 'nothing to do – none$'}`));
      }),
    );
  }, 300_000);

  it('are shown with holders, nodes and files, and nodes that cannot be reached are named and hold up nobody else', async () => {
    const mend = fleet.lose({
      'c01/cp4': 'silent',
      'c02/cp1': 'refusing',
      'c11/cp1': 'silent',
      'c12/cp2': 'refusing',
      'c30/cp3': 'silent',
    });
    const ran = await fleet.cli(['status', ...fleet.files]);
    mend();
    expect(ran.rc).toBe(4);
    isFrugal(ran, 95);
    const lost: Readonly<Record<string, string>> = { c01: 'cp4', c02: 'cp1', c11: 'cp1', c12: 'cp2', c30: 'cp3' };
    const edited: Readonly<Record<string, number>> = { c07: 1, c20: 2 };
    const holder = (cluster: string, node: string): string => (lost[cluster] === node ? 'no holder seen' : node);
    expect(rows(ran)).toEqual(
      clusterSizes.map((size, index) => {
        const cluster = name(index);
        const seen = lost[cluster] === undefined ? size : size - 1;
        // The record is of three nodes: a simulated cluster of five has an etcd of three members, which it says.
        const findings = [...(lost[cluster] === undefined ? [] : ['1 error']), ...(size > 3 ? ['1 warning'] : [])];
        return [
          cluster,
          lost[cluster] === undefined
            ? 'served'
            : holder(cluster, 'cp1') === 'cp1' && holder(cluster, 'cp2') === 'cp2'
              ? 'degraded'
              : 'unknown',
          `10.20.${index + 1}.100 ${holder(cluster, 'cp1')}, 10.20.${index + 1}.101 ${holder(cluster, 'cp2')}`,
          `${seen}/${size}`,
          `${seen - (edited[cluster] ?? 0)}/${size}`,
          findings.join(', ') || 'none',
        ].join(' ');
      }),
    );
    for (const [node, address, said] of [
      ['cp4', '10.20.1.4', 'Connection timed out'],
      ['cp1', '10.20.2.1', 'Connection refused'],
      ['cp1', '10.20.11.1', 'Connection timed out'],
      ['cp2', '10.20.12.2', 'Connection refused'],
      ['cp3', '10.20.30.3', 'Connection timed out'],
    ])
      expect(ran.stdout).toMatch(new RegExp(`${node} \\(${address}\\) cannot be reached: .*${said}`));
  }, 300_000);
});
