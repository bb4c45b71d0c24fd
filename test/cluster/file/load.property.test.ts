import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { example } from '../../../src/cluster/file/kinds.ts';
import { derivedRouterId } from '../../../src/cluster/file/complete.ts';
import { durationText, parseDuration } from '../../../src/core/duration.ts';
import { hasErrors } from '../../../src/core/finding.ts';
import { findingsText } from '../../../src/report/findings.ts';
import { check } from '../../../src/rules/check.ts';
import { anyText } from '../../fakes/text.ts';
import { runsOf } from '../../quick.ts';

const valid = example({
  endpoint: 'virtualIPs: [10.0.0.100, 10.0.0.101]\nport: 7443\ndnsName: api.example.com',
  more: `failover:
  target: 500ms
  timers: { advertInterval: 100ms }
ssh:
  user: root
  options: { ProxyJump: bastion }
haproxy:
  extra: |
    listen x
        bind :1`,
});

const pieces = [
  '\t',
  '\n',
  ' ',
  '- ',
  ': ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '#',
  '&a',
  '*a',
  '<<',
  '---',
  '!!',
  '0',
  '|',
  '~',
  '\r',
  'ä',
  '%',
  '?',
  ',',
];

/** Everything that must hold of any answer; it must also be printable. */
function holds(text: string): void {
  const { spec, findings } = check(text, 'c.yaml');
  expect(spec === undefined).toBe(hasErrors(findings));
  const lines = text.split('\n').length;
  for (const { position, message } of findings) {
    expect(message).not.toContain('undefined');
    if (!position) continue;
    expect(position.line).toBeGreaterThanOrEqual(1);
    expect(position.line).toBeLessThanOrEqual(lines);
    expect(position.column).toBeLessThanOrEqual(position.text.length + 1);
    expect(position.length).toBeGreaterThanOrEqual(1);
  }
  findingsText(findings, { color: true });
}

describe('check', () => {
  it('never throws, whatever the text', () => {
    expect.hasAssertions();
    fc.assert(fc.property(anyText(200), holds), { numRuns: runsOf(300) });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces, 'name', 'nodes', 'endpoint')).map((parts) => parts.join('')),
        holds,
      ),
      { numRuns: runsOf(500) },
    );
  });

  it('never throws on a valid file with pieces put in and cut out', () => {
    expect.hasAssertions();
    const edit = fc.record({
      at: fc.nat(valid.length),
      cut: fc.nat(12),
      put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })),
    });
    const edited = fc
      .array(edit, { minLength: 1, maxLength: 4 })
      .map((edits) => edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), valid));
    fc.assert(fc.property(edited, holds), { numRuns: runsOf(500) });
  });

  it('never throws on a valid file with any value in any place', () => {
    expect.hasAssertions();
    const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.stringify(json));
    const keys = [
      'name',
      'endpoint',
      'nodes',
      'apiServer',
      'etcd',
      'failover',
      'ssh',
      'runtime',
      'haproxy',
      'keepalived',
    ];
    const file = fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { selector: ([key]) => key });
    fc.assert(
      fc.property(
        file.map((entries) => entries.map(([key, json]) => `${key}: ${json}\n`).join('')),
        holds,
      ),
      { numRuns: runsOf(300) },
    );
  });

  it('accepts every well-formed cluster, the same way each time', () => {
    const cluster = fc.record({
      name: fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/),
      nodes: fc.integer({ min: 1, max: 9 }),
      vips: fc.integer({ min: 1, max: 4 }),
      ipv6: fc.boolean(),
      targetMs: fc.integer({ min: 200, max: 60_000 }),
    });
    fc.assert(
      fc.property(cluster, ({ name, nodes, vips, ipv6, targetMs }) => {
        const address = (host: number): string => (ipv6 ? `'fd00::${host}'` : `10.1.0.${host}`);
        const list = (count: number, from: number): string[] =>
          Array.from({ length: count }, (_, i) => address(from + i));
        const text = `name: '${name}'
endpoint: { virtualIPs: [${list(vips, 100).join(', ')}] }
nodes:
${list(nodes, 11)
  .map((at, i) => `  - { name: cp${i}, address: ${at} }`)
  .join('\n')}
failover: { target: ${durationText(targetMs)} }
`;
        const { spec, findings } = check(text, 'c.yaml');
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(spec?.nodes).toHaveLength(nodes);
        expect(spec?.failover.targetMs).toBe(targetMs);
        const priorities = spec?.nodes.map(({ priority }) => priority) ?? [];
        expect(new Set(priorities).size).toBe(nodes);
        expect(Math.min(...priorities)).toBeGreaterThanOrEqual(1);
        expect(check(text, 'c.yaml')).toEqual({ spec, findings });
      }),
      { numRuns: runsOf(100) },
    );
  });
});

describe('durations', () => {
  it('are read back as they were printed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000 }), (ms) => {
        expect(parseDuration(durationText(ms))).toEqual({ ok: true, value: ms });
      }),
    );
  });

  it('with decimals are exact to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (ms) => {
        expect(parseDuration(`${(ms / 1000).toFixed(3)}s`)).toEqual({ ok: true, value: ms });
      }),
    );
  });
});

function first(virtualIPs: string) {
  return check(example({ endpoint: `virtualIPs: ${virtualIPs}` }), 'c.yaml').spec?.endpoint.virtualIPs[0]
    ?.virtualRouterId;
}

describe('derivedRouterId', () => {
  it('leaves room for nine VIPs', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(derivedRouterId(name)).toBeGreaterThanOrEqual(1);
        expect(derivedRouterId(name) + 8).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('is FNV-1a, and stays so: a new release must not change the ids of a running cluster', () => {
    // Test vectors of the FNV authors.
    expect(derivedRouterId('a')).toBe(1 + (0xe4_0c_29_2c % 247));
    expect(derivedRouterId('foobar')).toBe(1 + (0xbf_9c_f9_68 % 247));
  });

  it('does not change when a VIP is added', () => {
    expect(first('[10.0.0.100, 10.0.0.101]')).toBe(first('[10.0.0.100]'));
  });

  it('spreads names over the ids', () => {
    const ids = new Set(Array.from({ length: 247 }, (_, i) => derivedRouterId(`cluster-${i}`)));
    expect(ids.size).toBeGreaterThan(130);
  });
});
