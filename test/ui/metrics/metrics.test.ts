import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startExporter, type Exporter } from '../../../src/ui/metrics/exporter.ts';
import { createMetrics } from '../../../src/ui/metrics/metrics.ts';
import { readReports, reportLine } from '../../../src/ui/reports/reports.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { healthyWatch, moment } from '../web/states.ts';

const spec = fakeSpec();
const nowMs = 1_800_000_000_000;

async function metricsOf(watch = healthyWatch(spec, nowMs).watch, reports?: string) {
  return (await createMetrics({ version: '1', watches: [watch], reports })()).text;
}

function report(day: number, lostMs: number) {
  return JSON.stringify({
    cluster: 'tutorial',
    good: true,
    results: [
      { fault: 'haproxy-killed', nodes: ['cp1'], verdict: 'within', lostMs, startedAt: `2026-01-0${day}T00:00:00Z` },
    ],
  });
}

let exporter: Exporter | undefined;
let folder: string | undefined;
afterEach(async () => {
  await exporter?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  exporter = folder = undefined;
});

it('tell who holds each VIP, and a split brain as two holders', async () => {
  const { watch, holders } = healthyWatch(spec, nowMs);
  expect(await metricsOf(watch)).toContain('k8s_ha_vip_holders{cluster="tutorial",vip="172.16.100.100"} 1');
  for (const second of [1, 2])
    watch.tell(moment(spec, nowMs + second * 1000, { ...holders, '172.16.100.100': ['cp1', 'cp3'] }));
  const split = await metricsOf(watch);
  expect(split).toContain('k8s_ha_vip_holders{cluster="tutorial",vip="172.16.100.100"} 2');
  expect(split).toContain('k8s_ha_gate_passed{cluster="tutorial",gate="172.16.100.100 is held by exactly one node"} 0');
});

it('tell nothing of a node that does not answer but that', async () => {
  const { watch } = healthyWatch(spec, nowMs);
  watch.tell([{ kind: 'lost', node: 'cp1', atMs: nowMs + 2000, reason: 'gone' }]);
  const lines = (await metricsOf(watch)).split('\n').filter((line) => line.includes('node="cp1"'));
  expect(lines.map((line) => line.split('{')[0])).toEqual([
    'k8s_ha_node_answering',
    'k8s_ha_node_observation_age_seconds',
    'k8s_ha_keepalived_transitions_total',
  ]);
  expect(lines[0]).toMatch(/ 0$/);
});

it('hold the last drill of a fault against its prediction', async () => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-reports-'));
  writeFileSync(join(folder, 'old.json'), report(1, 900));
  mkdirSync(join(folder, 'new'));
  writeFileSync(join(folder, 'new', 'report.json'), report(2, 55));
  writeFileSync(join(folder, 'other.json'), '{"no":"report"}');
  writeFileSync(join(folder, 'broken.json'), '{');
  const text = await metricsOf(undefined, folder);
  expect(text).toContain('k8s_ha_last_drill_outage_seconds{cluster="tutorial",fault="haproxy-killed"} 0.055');
  expect(text).toMatch(/k8s_ha_predicted_outage_upper_seconds\{cluster="tutorial",fault="haproxy-killed"\} [\d.]+/);
  const reports = await readReports(folder);
  expect(reports.map(({ name }) => name)).toEqual(['new', 'old']);
  expect(reports.map(reportLine)[0]).toBe('haproxy-killed on cp1: 55 ms, within');
  expect(await readReports(join(folder, 'absent'))).toEqual([]);
});

it('are served at /metrics and nothing else is', async () => {
  const metrics = createMetrics({ version: '1', watches: [] });
  exporter = await startExporter(metrics, { host: '127.0.0.1', port: 0 });
  const answer = await fetch(exporter.url);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await answer.text()).toContain('k8s_ha_build_info{version="1"} 1');
  expect((await fetch(new URL('/', exporter.url))).status).toBe(404);
  expect((await fetch(exporter.url, { method: 'POST' })).status).toBe(405);
  const port = Number(new URL(exporter.url).port);
  await expect(startExporter(metrics, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
