import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppliedBench, type Bench, type Running } from './support/bench.ts';

function target(ms: number) {
  return (text: string) => text.replace('target: 500ms', `target: ${ms}ms`);
}

/** Everything is told before it is done, in one line; what is told is what was done. */
describe('apply --watch on three machines', () => {
  let bench: Bench;
  let file: string;
  let running: Running | undefined;

  beforeAll(async () => {
    const applied = await createAppliedBench('keep');
    [bench, file] = [applied, applied.tutorial];
  });
  afterAll(async () => {
    await running?.end();
    await bench.down();
  });

  const isAsWanted = async (): Promise<void> => {
    const plan = await bench.cli(['plan', file, '--exit-code']);
    expect(plan.rc, plan.stdout).toBe(0);
  };

  it('says that a file was edited by hand, names it, and mends it', async () => {
    running = bench.start(['apply', file, '--watch', '--every', '2s', '--yes', '-o', 'json']);
    await running.line(/"as-wanted"/);
    bench.on('cp2', "echo '# Kilroy was here' >>/etc/k8s-ha/haproxy.cfg");
    const change = JSON.parse(await running.line(/"event":"change"/));
    expect(change).toMatchObject({
      cluster: 'tutorial',
      hash: expect.stringMatching(/^[0-9a-f]{12}$/),
      nodes: [{ node: 'cp2', files: ['/etc/k8s-ha/haproxy.cfg'] }],
      drifted: [{ node: 'cp2', path: '/etc/k8s-ha/haproxy.cfg' }],
    });
    expect(JSON.parse(await running.line(/"event":"applied"/))).toMatchObject({ hash: change.hash });
    expect(bench.on('cp2', 'grep -c Kilroy /etc/k8s-ha/haproxy.cfg || true')).toBe('0');
    await isAsWanted();
  });

  it('says where a broken cluster file is broken, changes nothing, and goes on when it is mended', async () => {
    if (!running) throw new Error('not running');
    const marks = (): string[] =>
      ['cp1', 'cp2', 'cp3'].map((node) => bench.on(node, 'stat -c "%n %Y %i" /etc/k8s-ha/*'));
    const before = marks();
    bench.clusterFile('tutorial.yaml', (text) => text.replace('target: 500ms', 'target: soon'));
    const broken = JSON.parse(await running.line(/"event":"file-broken"/));
    expect(broken.findings).toMatchObject([{ severity: 'error', position: { line: 13 } }]);
    expect(marks()).toEqual(before);
    bench.clusterFile('tutorial.yaml', target(600));
    const change = JSON.parse(await running.line(/"event":"change".*"node":"cp3"/));
    expect(change).toMatchObject({ drifted: [] });
    await running.line(new RegExp(`"event":"applied".*"hash":"${change.hash}"`));
    await isAsWanted();
    expect(await running.end()).toBe(0);
    expect(running.lines.at(-1)).toMatch(/"event":"stopped"/);
    running = undefined;
  });

  it('stops at a safe point when Ctrl-C comes in the middle of a rollout, and says what is left', async () => {
    bench.clusterFile('tutorial.yaml', target(700));
    const stopping = bench.start(['apply', file, '--watch', '--every', '2s', '--yes']);
    // The first of three nodes is being changed.
    await stopping.line(/put the new files in place/);
    expect(await stopping.end('SIGINT')).toBe(1);
    const said = [...stopping.progress, ...stopping.lines].join('\n');
    expect(said).toMatch(/the rollout was stopped before cp\d.*; run it again to finish/);
    expect(said).toMatch(/failed; see above/);
    expect(stopping.lines.at(-1)).toMatch(/stopped$/);
    for (const node of ['cp1', 'cp2', 'cp3'])
      expect(
        bench.on(
          node,
          'ls /etc/k8s-ha/*.k8s-ha-new /run/k8s-ha/lock 2>/dev/null; cat /run/k8s-ha/drain 2>/dev/null || echo 0',
        ),
      ).toBe('0');
    const again = await bench.cli(['apply', file, '--yes']);
    expect(again.rc, again.stderr).toBe(0);
    await isAsWanted();
  });

  it('refuses to start where it could not do what was asked', async () => {
    expect(await bench.cli(['apply', file, '--watch'])).toMatchObject({
      rc: 2,
      stderr: expect.stringMatching(/--yes/),
    });
    expect(await bench.cli(['apply', `${bench.folder}/none.yaml`, '--watch', '--yes'])).toMatchObject({ rc: 2 });
  });
});
