import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/ui/metrics/metrics.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { healthyWatch } from '../web/states.ts';

/** Needs promtool, of Debian's package prometheus. */
function promtool(argv: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', argv, {
    input,
    encoding: 'utf8',
    cwd: new URL('../../../deploy/prometheus/', import.meta.url),
  });
  return status === 0 ? 'ok' : `${stdout}${stderr}`;
}

const nowMs = 1_800_000_000_000;

describe('metrics', () => {
  it('have names that promtool finds right', async () => {
    const { text } = await createMetrics({ version: '1', watches: [healthyWatch(fakeSpec(), nowMs).watch] })();
    expect(promtool(['check', 'metrics'], text)).toBe('ok');
  });

  it('are all that the alerts and the dashboard ask for', async () => {
    const { text } = await createMetrics({ version: '1', watches: [healthyWatch(fakeSpec(), nowMs).watch] })();
    const exported = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const files = ['deploy/prometheus/k8s-ha.rules.yaml', 'deploy/grafana/k8s-ha.json'].map((file) =>
      readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'),
    );
    const asked = new Set(files.flatMap((file) => [...file.matchAll(/k8s_ha_\w+/g)].map(([name]) => name)));
    expect([...asked].filter((name) => !exported.has(name))).toEqual([]);
    expect(asked.size).toBeGreaterThan(12);
  });
});

describe('alert rules', () => {
  it('are accepted and pass their own tests', () => {
    expect(promtool(['check', 'rules', 'k8s-ha.rules.yaml'])).toBe('ok');
    expect(promtool(['test', 'rules', 'k8s-ha.rules.test.yaml', 'k8s-ha.rules.slow.test.yaml'])).toBe('ok');
  });
});
