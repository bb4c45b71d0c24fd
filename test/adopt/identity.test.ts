import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { runtimeNames, type ClusterSpec } from '../../src/cluster/spec.ts';
import { assumedFacts, pinnableTimers, type NodeFacts, type PinnableTimer } from '../../src/cluster/timers.ts';
import { durationText } from '../../src/core/duration.ts';
import { solveSpec } from '../../src/predict/solve.ts';
import { renderNode } from '../../src/render/render.ts';
import { check } from '../../src/rules/check.ts';
import { example } from '../../src/cluster/file/kinds.ts';
import { goldenCases } from '../render/cases.ts';

function rendered(spec: ClusterSpec, facts: NodeFacts) {
  const solved = solveSpec(spec, [facts]);
  if (!solved.ok) throw new Error('no timers');
  return spec.nodes.flatMap((node) =>
    renderNode(spec, node, solved.value.timers, facts).files.map(({ path, content }) => ({
      file: `${node.name}${path}`,
      text: content,
      node: node.name,
    })),
  );
}

const more = [
  'failover: { target: 2s }',
  'failover: { target: 10s, fencing: "off" }',
  'failover: { target: 4s, timers: { advertInterval: 1s, downTimerAdverts: 3 } }',
  'failover: { target: 1s, timers: { checkInterval: 700ms, checkFall: 3, checkRise: 4, connectTimeout: 350ms, startupDelay: 5s } }',
  'apiServer: { port: 16443, healthPath: /livez, caFile: /etc/ca.pem }',
  'etcd: { mode: external }',
  'etcd: { peerPort: 12380 }',
  'haproxy: { maxConnections: 5000 }',
].map((text) => ({ name: text, spec: check(example({ more: text }), 'c.yaml').spec, facts: assumedFacts }));

const smallest = specOf(example());
const timers: readonly (readonly [string, PinnableTimer])[] = Object.entries(pinnableTimers);

/** A value that no default has, as the cluster file writes it. */
function unusual({ of, value }: PinnableTimer): string {
  const solved = solveSpec(smallest, [assumedFacts]);
  if (!solved.ok) throw new Error('no timers');
  const usual = of(solved.value.timers);
  return value === 'time' ? durationText(usual + 50) : String(usual + 1);
}

function specOf(text: string): ClusterSpec {
  const { spec, findings } = check(text, 'c.yaml');
  if (!spec) throw new Error(`the case is no cluster: ${findings.map(({ message }) => message).join('; ')}`);
  return spec;
}

const pinned = [...timers.map((timer) => [timer]), timers].map((pins) => ({
  name: pins.map(([name]) => name).join(', '),
  spec: specOf(
    example({
      more: `failover: { timers: { ${pins.map(([name, timer]) => `${name}: ${unusual(timer)}`).join(', ')} } }`,
    }),
  ),
  facts: assumedFacts,
}));

const runtimes = runtimeNames.map((name) => ({
  name: `runtime ${name}`,
  spec: specOf(example({ more: `runtime: ${name}` })),
  facts: { ...assumedFacts, images: { haproxy: 'a'.repeat(64), keepalived: 'b'.repeat(64) } },
}));

/** The key that signs adverts is in no configuration: the lines that name it are listed as unread. */
const carried = goldenCases.filter(({ facts }) => facts.hmac === undefined);
const cases = [...carried, ...more, ...pinned, ...runtimes];

describe('import after render is the identity', () => {
  it.each(cases.map((one) => [one.name, one] as const))('for %s', (_, { spec, facts }) => {
    if (!spec) throw new Error('the case is no cluster');
    const files = rendered(spec, facts);
    const { clusterFile = '', unread } = adopt(files, {});
    const again = check(clusterFile, 'again.yaml');
    expect(again.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(again.spec && rendered(again.spec, facts)).toEqual(files);
    expect(unread).toEqual([]);
  });

  it.each(pinned)('says $name in the files, where it is pinned', ({ spec }) => {
    expect(rendered(spec, assumedFacts)).not.toEqual(rendered(smallest, assumedFacts));
  });

  it('finds no fault with our own files', () => {
    const spec = more[0]?.spec;
    if (!spec) throw new Error('no case');
    const { findings } = adopt(rendered(spec, assumedFacts), {});
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});
