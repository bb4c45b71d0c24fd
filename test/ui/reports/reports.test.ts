import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPage, readReports, reportLine } from '../../../src/ui/reports/reports.ts';

const report = JSON.stringify({
  good: true,
  results: [{ fault: 'haproxy-killed', verdict: 'within', lostMs: 5, startedAt: '2026-01-01T00:00:00Z' }],
});

describe('the folder of reports', () => {
  let base: string;
  let folder: string;
  const put = (path: string, text: string): void => writeFileSync(join(base, path), text);
  const names = async (): Promise<readonly string[]> => (await readReports(folder)).map(({ name }) => name);

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'k8s-ha-reports-'));
    folder = join(base, 'reports');
    for (const path of ['reports/a', 'outside']) mkdirSync(join(base, path), { recursive: true });
    put('reports/a/report.json', report);
    put('reports/a/report.html', 'page');
    put('outside/report.json', report);
    put('outside/report.html', 'hush');
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('is read with its pages, also where the folder itself is a link', async () => {
    symlinkSync(folder, join(base, 'link'));
    const [first] = await readReports(join(base, 'link'));
    expect(first && (await readPage(first))).toBe('page');
  });

  it('says of a lost quorum how long writes failed', async () => {
    const lost = {
      fault: 'etcd-quorum-lost',
      nodes: ['cp1', 'cp2'],
      verdict: 'within',
      lostMs: 0,
      startedAt: '2026-01-02',
    };
    const results = [{ ...lost, prediction: { writes: 'fail' }, writes: { stallMs: 14_200 } }];
    put('reports/q.json', JSON.stringify({ good: true, results }));
    put('reports/r.json', JSON.stringify({ good: true, results: [{ ...lost, prediction: { writes: 7 } }] }));
    const lines = new Map((await readReports(folder)).map((one) => [one.name, reportLine(one)]));
    expect(lines.get('q')).toBe('etcd-quorum-lost on cp1 and cp2: 0 ms; writes failed for 14.2 s, within');
    expect(lines.get('r')).toBe('etcd-quorum-lost on cp1 and cp2: 0 ms, within');
  });

  it('shows nothing that a link in it leads to: no folder, no report, no page', async () => {
    symlinkSync(join(base, 'outside'), join(folder, 'b'));
    symlinkSync(join(base, 'outside/report.json'), join(folder, 'c.json'));
    mkdirSync(join(folder, 'd'));
    symlinkSync(join(base, 'outside/report.json'), join(folder, 'd/report.json'));
    mkdirSync(join(folder, 'e'));
    put('reports/e/report.json', report);
    symlinkSync(join(base, 'outside/report.html'), join(folder, 'e/report.html'));
    expect((await names()).toSorted()).toEqual(['a', 'e']);
    expect((await readReports(folder)).find(({ name }) => name === 'e')?.html).toBeUndefined();
  });

  it('does not serve a page that has become a link since it was listed', async () => {
    const [listed] = await readReports(folder);
    rmSync(join(folder, 'a/report.html'));
    symlinkSync(join(base, 'outside/report.html'), join(folder, 'a/report.html'));
    await expect(listed && readPage(listed)).rejects.toThrow('ELOOP');
  });
});
