import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drillReport } from '../../src/report/drill/drill-report.ts';
import { drillResult } from '../fakes/drill.ts';

/** Needs Chromium. No background traffic: nothing here needs a network, and there may be none. */
const flags =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars'.split(
    ' ',
  );

const folder = mkdtempSync(join(tmpdir(), 'drill-page-'));
const page = join(folder, 'report.html');

function chromium(...argv: readonly string[]): string {
  const profile = mkdtempSync(join(folder, 'profile-'));
  const { status, stdout, stderr } = spawnSync(
    'chromium',
    [...flags, `--user-data-dir=${profile}`, ...argv, `file://${page}`],
    { encoding: 'utf8', timeout: 50_000 },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Width and height in the header of a PNG. */
function sizeOf(file: string): readonly [number, number] {
  const header = readFileSync(file);
  return [header.readUInt32BE(16), header.readUInt32BE(20)];
}

describe("a drill's page in a real browser", () => {
  beforeAll(() => {
    writeFileSync(
      page,
      drillReport('tutorial', [drillResult(), drillResult({ fault: 'isolated' })])['report.html'] ?? '',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is drawn whole: a picture for each drill, with the probes, the outage, the prediction and the holders', () => {
    const dom = chromium('--dump-dom');
    expect(dom.match(/<svg/g)).toHaveLength(2);
    expect(dom.match(/class="fail"/g)?.length).toBe(72);
    for (const mark of ['class="band"', 'class="gap"', 'class="hold"', '>injected<', '>healed<'])
      expect(dom).toContain(mark);
  });

  test.each([
    ['light, wide', ['--window-size=1200,1600']],
    ['dark', ['--window-size=1200,1600', '--force-dark-mode', '--blink-settings=preferredColorScheme=0']],
    ['a telephone', ['--window-size=500,1600']],
  ])('can be seen: %s', (_, options) => {
    const file = join(folder, 'page.png');
    chromium(`--screenshot=${file}`, ...options);
    expect(sizeOf(file)[1]).toBe(1600);
    // A blank page of this size is a few kilobytes.
    expect(readFileSync(file).length).toBeGreaterThan(30_000);
  });

  test('can be printed', () => {
    const file = join(folder, 'page.pdf');
    chromium(`--print-to-pdf=${file}`);
    expect(readFileSync(file).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
