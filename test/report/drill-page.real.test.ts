import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drillReport } from '../../src/report/drill/drill-report.ts';
import { drillResult, drillSource } from '../fakes/drill.ts';
import { launch, overflow, shoot, violations } from '../ui/web/browser.ts';

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

/** Names, and moments that are near one another, which would stand on each other. */
const name = 'control-plane-with-a-long-name-1.example';
const crowded = {
  nodes: [name],
  healedMs: 40,
  clientView: [
    { atMs: -300, node: name },
    { atMs: 10, node: 'cp2' },
    { atMs: 30, node: name },
  ],
} as const;

/** Labels of the pictures that stand on another one, or are cut off by the picture's edge. */
const crowdedLabels = `[...document.querySelectorAll('svg')].flatMap((svg) => {
  const edge = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')].map((one) => [one.textContent, one.getBoundingClientRect()]);
  return boxes.filter(([, a], i) => a.left < edge.left || a.right > edge.right || a.top < edge.top || a.bottom > edge.bottom ||
    boxes.some(([, b], j) => j > i && a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1))
    .map(([text]) => text);
})`;

describe("a drill's page in a real browser", () => {
  beforeAll(() => {
    writeFileSync(
      page,
      drillReport('tutorial', [drillResult(), drillResult({ fault: 'isolated', ...crowded })], drillSource)[
        'report.html'
      ] ?? '',
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

  test('says how much of what was allowed was lost, what it was made with, and what each sign means', async () => {
    const browser = await launch();
    try {
      const shown = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
      await shown.goto(`file://${page}`);
      expect(await shown.textContent('#drill-0 .figure')).toMatch(/^360 ms of [\d.]+ m?s allowed$/);
      const text = (await shown.textContent('main')) ?? '';
      for (const told of [
        drillSource.file?.sha256 ?? '',
        'tutorial.yaml',
        '2.6.12',
        'advertInterval',
        'time to the answer',
      ])
        expect(text).toContain(told);
      expect(await shown.locator('#drill-0 .legend li').allTextContents()).toEqual(
        expect.arrayContaining(['holds the address', 'outage as measured', 'longest outage predicted', '✕failed']),
      );
      expect(await shown.evaluate<readonly string[]>(crowdedLabels)).toEqual([]);
      await shoot(shown, 'guides/images', 'drill-report');
      for (const colorScheme of ['light', 'dark'] as const) {
        await shown.emulateMedia({ colorScheme });
        expect(await violations(shown)).toEqual([]);
      }
      await shown.setViewportSize({ width: 390, height: 844 });
      expect(await overflow(shown)).toBe(0);
    } finally {
      await browser.close();
    }
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
