import { describe, expect, test } from 'vitest';
import type { NodeSeen } from '../../../src/cluster/state.ts';
import { assumedFacts } from '../../../src/cluster/timers.ts';
import type { Finding } from '../../../src/core/finding.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import { diagnose, type DiagnoseOptions } from '../../../src/judge/diagnosis.ts';
import { renderNode } from '../../../src/render/render.ts';
import { freshNode, instanceSeen, settledNode, stateOf } from '../../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../../fakes/spec.ts';

const spec = fakeSpec({}, { vips: 1 });
const vip = '172.16.100.100';

function node(index: number, vips: readonly string[] = [], overrides: Partial<NodeSeen> = {}): NodeSeen {
  const named = spec.nodes[index];
  if (!named) throw new Error('no node');
  const instances = known([instanceSeen(1, { state: vips.length > 0 ? 'MASTER' : 'BACKUP' })]);
  return settledNode(index, renderNode(spec, named, fakeTimers, assumedFacts), vips, { instances, ...overrides });
}

/** The verdict, and each cause as its rule, command and number of consequences. */
function told(nodes: readonly (NodeSeen | string)[], options: DiagnoseOptions = {}, of = spec) {
  const diagnosis = diagnose(of, stateOf(...nodes), options);
  return { ...diagnosis, rules: diagnosis.causes.map(({ rule }) => rule), first: diagnosis.causes[0] };
}

function servers(status: string, lastCheck = 'L7OK 200'): NodeSeen['servers'] {
  return known(
    ['cp1', 'cp2', 'cp3'].map((server) => ({ backend: 'k8s_api_ready', server, status, sessions: 0, lastCheck })),
  );
}

const cut: Partial<NodeSeen> = { livez: known(503), instances: known([instanceSeen(1, { state: 'FAULT' })]) };
const pull = { by: 'operator', name: 'anna', reason: 'new disk' } as const;
const drained: Partial<NodeSeen> = {
  levers: { drain: pull },
  instances: known([instanceSeen(1, { state: 'FAULT' })]),
};

function missing(server: string): NodeSeen['servers'] {
  const all = servers('UP');
  return all.known ? known(all.value.map((row) => (row.server === server ? { ...row, status: 'DOWN' } : row))) : all;
}

function stale(node: string): Finding {
  return {
    rule: 'lease-stale',
    severity: 'warning',
    node,
    message: `${node}_f00 holds the lease kube-scheduler, but renewed it 60 s ago last`,
  };
}

function answering(checkCode: number): NodeSeen['servers'] {
  const all = servers('NOLB', `L7OKC ${checkCode}`);
  return all.known ? known(all.value.map((row) => ({ ...row, checkCode }))) : all;
}

describe('a keepalived that watches no files', () => {
  test('is an error of its node before anybody drains it, and says what to run', () => {
    const deaf: Partial<NodeSeen> = { keepalived: { ...node(1).keepalived, hearsLevers: false } };
    const { verdict, first, rules } = told([node(0, [vip]), node(1, [], deaf), node(2)]);
    expect(verdict).toBe('degraded');
    expect(rules).toEqual(['levers-unheard']);
    expect(first?.what).toBe('keepalived on cp2 hears no lever: it cannot be drained');
    expect(first?.command).toMatch(
      /sysctl -w fs\.inotify\.max_user_instances=1024 && systemctl restart k8s-ha-keepalived/,
    );
  });
});

describe('API servers that refuse the login of health checks', () => {
  const refused = answering(401);
  const finding: Finding = { rule: 'anonymous-refused', severity: 'error', node: 'cp1', message: 'x' };

  test('are no outage, as HAProxy sends connections to them: the cause is the login, told once', () => {
    const nodes = [node(0, [vip], { servers: refused }), ...[1, 2].map((i) => node(i, [], { servers: refused }))];
    const { verdict, rules, sentence, first } = told(nodes, { findings: [finding] });
    expect([verdict, rules]).toEqual(['degraded', ['anonymous-refused']]);
    expect(sentence).toContain(
      'The API is served by cp1, but the API server answers 401 to /readyz without credentials',
    );
    expect(first?.command).toContain('explain anonymous-refused');
  });

  test('are told apart from API servers that are not ready', () => {
    const dead = answering(500);
    const nodes = [node(0, [vip], { servers: dead }), ...[1, 2].map((i) => node(i, [], { servers: dead }))];
    expect(told(nodes)).toMatchObject({ verdict: 'outage', rules: ['no-api-server'] });
  });
});

describe('the verdict', () => {
  test('is unknown where nobody answers, with one cause for all', () => {
    const { verdict, rules, sentence } = told(['timed out', 'timed out', 'timed out']);
    expect([verdict, rules]).toEqual(['unknown', ['node-unknown']]);
    expect(sentence).toBe('Whether the API is served is unknown: no node answers.');
  });

  test('is unknown where a node that does not answer may hold the address', () => {
    const { verdict, first } = told(['timed out', node(1), node(2)]);
    expect(verdict).toBe('unknown');
    expect(first?.consequences).toContain(`who holds ${vip} is unknown`);
  });

  test('folds a node that is cut off below the two that are gone', () => {
    const { rules, first } = told(['timed out', 'timed out', node(2, [], cut)]);
    expect(rules).toEqual(['node-unknown']);
    expect(first?.what).toBe('cp1 and cp2 do not answer');
    expect(first?.consequences).toContain('cp3 does not reach the majority of the nodes, which follows from it');
  });

  test('is an outage where every node is drained, and the command ends a drain', () => {
    const { verdict, rules, first } = told([node(0, [], drained), node(1, [], drained), node(2, [], drained)]);
    expect([verdict, rules]).toEqual(['outage', ['no-holder']]);
    expect(first?.command).toBe('k8s-ha undrain tutorial.yaml cp1');
    expect(first?.consequences).toContain('cp2 is drained for maintenance: new disk (anna)');
  });

  test('is an outage where the holder finds no API server, though others do', () => {
    const { verdict } = told([node(0, [vip], { servers: servers('DOWN', 'L4TOUT') }), node(1), node(2)]);
    expect(verdict).toBe('outage');
  });

  test('stays served with a warning that is of no concern to clients', () => {
    const warning: Finding = { rule: 'certificate-expiry', severity: 'warning', node: 'cp1', message: 'a expires' };
    const { verdict, sentence, rules } = told([node(0, [vip]), node(1), node(2)], { findings: [warning] });
    expect([verdict, rules]).toEqual(['served', ['certificate-expiry']]);
    expect(sentence).toBe('The API is served by cp1. 1 warning.');
  });

  test('says which address is not served where another is', () => {
    const two = fakeSpec({}, { vips: 2 });
    const { verdict, sentence } = told([node(0, [vip]), node(1), node(2)], {}, two);
    expect(verdict).toBe('outage');
    expect(sentence).toContain('172.16.100.101 is not served: no node holds 172.16.100.101');
  });

  test('takes a keepalived that was just started for no error', () => {
    const starts = node(1, [], { instances: known([instanceSeen(1, { state: 'INIT' })]) });
    expect(told([node(0, [vip]), starts, node(2)])).toMatchObject({
      verdict: 'degraded',
      causes: [],
      sentence: 'The API is served by cp1; 2 of 3 nodes can serve it at this moment.',
    });
  });

  test('of nodes that nobody has set up leads to apply', () => {
    const { rules, first } = told([freshNode(0), freshNode(1), freshNode(2)], { file: 'my cluster.yaml' });
    expect(rules).toEqual(['no-holder']);
    expect(first?.command).toBe("k8s-ha apply 'my cluster.yaml'");
  });
});

describe('causes', () => {
  test('of the same rule on several nodes are one', () => {
    const findings = ['cp1', 'cp2', 'cp3'].map((name): Finding => ({
      rule: 'guard-not-loaded',
      severity: 'warning',
      node: name,
      message: 'it is not loaded',
    }));
    const { causes } = told([node(0, [vip]), node(1), node(2)], { findings });
    expect(causes).toMatchObject([
      { what: 'cp1, cp2 and cp3: it is not loaded', command: 'k8s-ha apply tutorial.yaml', consequences: [] },
    ]);
  });

  test('come worst first: what stops clients, what takes redundancy, what is planned, what can wait', () => {
    const full = { clients: known({ current: 100, limit: 100 }) };
    const down = { keepalived: { active: 'failed', enabled: true, ageMs: undefined, unitRevision: undefined } };
    const { rules } = told([node(0, [vip], full), node(1, [], down), node(2, [], drained)], {
      filesDiffer: { cp1: 2, cp2: 0 },
    });
    expect(rules).toEqual(['connections-full', 'keepalived-down', 'drained', 'files-differ']);
  });

  test('do not include a lease whose holder is the node that is gone', () => {
    const nodes = [node(0, [vip]), 'timed out', node(2)];
    expect(told(nodes, { findings: [stale('cp2')] }).rules).toEqual(['node-unknown']);
    expect(told(nodes, { findings: [stale('cp3')] }).rules).toEqual(['node-unknown', 'lease-stale']);
  });

  test('say since when a node is silent, where that is known', () => {
    const { first } = told([node(0, [vip]), 'timed out', node(2)], { silentSinceMs: { cp2: 1234 } });
    expect(first?.sinceMs).toBe(1234);
  });

  test('name no root where a rollout that has died drained a node', () => {
    const left = { ...drained, levers: { drain: { by: 'rollout', token: 't', owner: 'anna' } as const } };
    const { first } = told([node(0, [vip]), node(1, [], left), node(2)]);
    expect(first?.command).toBe('k8s-ha apply tutorial.yaml');
  });

  test('tell of two nodes that do not reach each other while a third reaches both', () => {
    const { causes } = told([
      node(0, [vip], { servers: missing('cp2') }),
      node(1, [], { servers: missing('cp1') }),
      node(2),
    ]);
    expect(causes.map(({ what }) => what)).toEqual([
      'HAProxy on cp2 does not reach the API server of cp1, that of cp1 and cp3 does',
      'HAProxy on cp1 does not reach the API server of cp2, that of cp2 and cp3 does',
    ]);
  });
});

describe('commands', () => {
  test('log in as the cluster file and the command line say', () => {
    const of = { ...spec, ssh: { user: 'admin', port: 2222, options: {} } };
    const down = { haproxy: { active: 'failed', enabled: true, ageMs: undefined, unitRevision: undefined } };
    const { first } = told([node(0, [vip]), node(1, [], down), node(2)], { sshConfig: './ssh config' }, of);
    expect(first?.command).toBe(
      "ssh -F './ssh config' -p 2222 admin@172.16.217.172 sudo systemctl status k8s-ha-haproxy.service",
    );
  });

  test('are never made of what a node says', () => {
    const evil = { levers: { drain: { by: 'operator', name: '$(reboot)', reason: '; reboot' } as const } };
    const { causes } = told([node(0, [vip], evil), node(1), node(2)]);
    for (const { command } of causes) expect(command).not.toContain('reboot');
  });

  test('unknown answers of a program are not taken for silence', () => {
    const seen = { servers: unknown('not yet'), livez: unknown('not yet') };
    expect(told([node(0, [vip]), node(1, [], seen), node(2)]).rules).toEqual([]);
  });
});

describe('a node on which work was begun and has not ended', () => {
  const pulled: Partial<NodeSeen> = {
    levers: { drain: { by: 'rollout', token: 'gone', owner: 'ada' } },
    instances: known([instanceSeen(1, { state: 'FAULT' })]),
  };

  test('is told by that, with the command that ends it, and not by its drain', () => {
    const unfinished = { cp2: [{ work: 'renewal' }] } as const;
    const { rules, first } = told([node(0, [vip]), node(1, [], pulled), node(2)], { unfinished });
    expect(rules).toEqual(['unfinished']);
    expect(first).toMatchObject({
      node: 'cp2',
      command: 'k8s-ha certificates renew tutorial.yaml',
      severity: 'warning',
    });
    expect(first?.consequences.join()).toContain('drained');
  });

  test('can serve the VIP where nothing else is wrong with it', () => {
    const unfinished = { cp2: [{ work: 'upgrade', version: 'v1.36.3', folder: '' }] } as const;
    const { first, redundancy, verdict } = told([node(0, [vip]), node(1), node(2)], { unfinished });
    expect(first?.command).toBe('k8s-ha upgrade kubernetes 1.36.3 tutorial.yaml');
    expect([redundancy.fit, verdict]).toEqual([3, 'served']);
  });
});
