import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSharedBench, type Bench } from './support/bench.ts';

const url = 'ssh://root@172.16.217.171,172.16.217.172,172.16.217.173';

describe('a cluster file from what is there', () => {
  let bench: Bench;
  let written: string;

  beforeAll(async () => {
    bench = await createSharedBench('init');
    written = join(bench.folder, 'found.yaml');
  });
  afterAll(async () => bench.down());

  it('is written from running nodes, passes every check on them, and can be applied', async () => {
    const ran = await bench.cli(['init', written, '--from', url, '--name', 'found', '--virtual-ips', '172.16.100.100']);
    expect(ran.rc, ran.stderr).toBe(0);
    expect(readFileSync(written, 'utf8')).toMatch(
      /name: cp1, address: 172\.16\.217\.171[^]*name: cp2, address: 172\.16\.217\.172[^]*name: cp3, address: 172\.16\.217\.173/,
    );
    const checked = await bench.cli(['check', written, '--live']);
    expect(checked.rc, checked.stderr).toBe(0);
    const applied = await bench.cli(['apply', written, '--yes']);
    expect(applied.rc, applied.stderr).toBe(0);
  });

  it('is read back from the nodes that run it', async () => {
    const imported = await bench.cli(['import', '--from', url]);
    expect(imported.rc, imported.stderr).toBe(0);
    expect(imported.stdout).toContain('172.16.100.100');
    for (const address of ['172.16.217.171', '172.16.217.172', '172.16.217.173'])
      expect(imported.stdout).toContain(address);
  });

  it('is not written when a node does not answer', async () => {
    const ran = await bench.cli(['init', join(bench.folder, 'none.yaml'), '--from', `${url},172.16.217.179`]);
    expect(ran.rc).toBe(1);
    expect(ran.stderr).toContain('172.16.217.179');
    expect(() => readFileSync(join(bench.folder, 'none.yaml'))).toThrow('ENOENT');
  });
});
