import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outage } from '../../src/drill/measure/outage.ts';
import { createSharedBench, probesPerSecond, type Bench } from './support/bench.ts';

describe('a change that was a mistake', () => {
  let bench: Bench;
  let tutorial: string;
  let slow: string;
  const nodes = ['cp1', 'cp2', 'cp3'];

  beforeAll(async () => {
    bench = await createSharedBench('rollback');
    tutorial = bench.clusterFile('tutorial.yaml');
    slow = bench.clusterFile('slow.yaml', (text) => text.replace('target: 500ms', 'target: 2s'));
    const ran = await bench.cli(['apply', tutorial, '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stderr);
  });
  afterAll(async () => bench.down());

  const history = async () => {
    const { stdout } = await bench.cli(['history', tutorial, '-o', 'json']);
    return z
      .object({
        changes: z.array(
          z.object({
            stamp: z.string(),
            nodes: z.array(z.string()),
            first: z.boolean(),
            changed: z.array(z.string()),
          }),
        ),
      })
      .parse(JSON.parse(stdout)).changes;
  };
  const config = (node: string): string => bench.on(node, 'cat /etc/k8s-ha/keepalived.conf');

  it('is only made when it is the plan that was approved', async () => {
    const planned = await bench.cli(['plan', slow, '-o', 'json']);
    const { hash } = z.object({ hash: z.string() }).parse(JSON.parse(planned.stdout));
    const before = config('cp1');
    const other = await bench.cli(['apply', slow, '--plan', '000000000000']);
    expect(other.rc).toBe(1);
    expect(other.stderr).toContain(`this is plan ${hash}, and 000000000000 was approved`);
    expect(config('cp1')).toBe(before);
    expect((await bench.cli(['apply', slow, '--plan', hash])).rc).toBe(0);
    expect(config('cp1')).not.toBe(before);
  });

  it('is remembered by the nodes, and taken back without a failed connection', async () => {
    const changes = await history();
    expect(changes).toMatchObject([
      { nodes, first: false },
      { nodes, first: true },
    ]);
    expect(changes[0]?.changed).toContain('/etc/k8s-ha/keepalived.conf');

    const prober = await bench.startProber();
    const back = await bench.cli(['rollback', slow, '--yes']);
    const { samples } = await prober.stop();
    expect(back.rc, back.stderr).toBe(0);
    expect(outage(samples, { ratePerSecond: probesPerSecond }).failed).toBe(0);
    // The nodes are as the file of before says: nothing is left to do.
    expect((await bench.cli(['plan', tutorial, '--exit-code'])).rc).toBe(0);
    expect((await bench.cli(['plan', slow, '--exit-code'])).rc).toBe(1);
  });

  it('cannot be followed back to before the first set-up, and says so', async () => {
    const first = (await history()).at(-1)?.stamp ?? '';
    const refused = await bench.cli(['rollback', tutorial, '--to', first, '--yes']);
    expect(refused.rc).toBe(1);
    expect(refused.stderr).toContain('it had no files of k8s-ha before that');
  });
});
