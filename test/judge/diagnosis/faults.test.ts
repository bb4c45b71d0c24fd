import { beforeAll, describe, expect, test } from 'vitest';
import { faults } from '../../../src/drill/faults/index.ts';
import type { Verdict } from '../../../src/judge/diagnosis.ts';
import { findingIds } from '../../../src/core/findings/index.ts';
import { running } from '../../drill/sim/world.ts';
import type { SimCluster } from '../../fakes/sim/cluster.ts';
import { brokenBy, diagnosed, seenOf } from './broken.ts';

interface Told {
  readonly verdict: Verdict;
  readonly rule: string;
  readonly what: string;
  readonly command: string;
  /** Folded below it. */
  readonly below: readonly string[];
  /** Rules of causes beside it. */
  readonly others?: readonly string[];
}

/** Once an election has ended, and before the node heals itself. */
const settledMs = 1500;

const on1 = 'ssh 172.16.217.171';
const fault1 = 'cp1 cannot take 172.16.100.100: VRRP is in FAULT';
const serverDown = 'HAProxy on cp2 and cp3 finds its API server not ready';

function cutOff(): Told {
  return {
    verdict: 'degraded',
    rule: 'cut-off',
    what: 'cp1 does not reach the majority of the nodes',
    command: `${on1} ping -c 3 172.16.217.172`,
    below: [fault1, serverDown],
  };
}

function silent(): Told {
  return {
    verdict: 'degraded',
    rule: 'node-unknown',
    what: 'cp1 does not answer',
    command: `${on1} true`,
    below: ['cp1 (172.16.217.171) cannot be reached: Connection timed out', serverDown],
  };
}

function etcdDown(node: string, address: string): Told {
  return {
    verdict: 'degraded',
    rule: 'etcd-member-down',
    what: `etcd on ${node} does not answer, so its API server is not ready`,
    command: `ssh ${address} crictl ps -a --name etcd`,
    below: [
      'HAProxy on cp1, cp2 and cp3 finds its API server not ready',
      'etcd does not survive the loss of one more member',
      `${node}: the API server is not ready: etcd`,
    ],
  };
}

function apiServer(below: readonly string[] = []): Told {
  return {
    verdict: 'degraded',
    rule: 'api-server-down',
    what: 'the API server of cp1 is not ready: it answers HTTP 500',
    command: `${on1} crictl ps -a --name etcd,kube-apiserver`,
    below: ['clients are sent to the other API servers', ...below],
  };
}

function drainedByDrill(): Told {
  return {
    verdict: 'degraded',
    rule: 'drained',
    what: 'cp1 is drained for maintenance: a drill (drill)',
    command: 'k8s-ha undrain prod.yaml cp1',
    below: [fault1],
  };
}

/** What is told of each fault, so long after it was injected; nothing where it has passed by then. */
const told: Readonly<Record<string, readonly [afterMs: number, Told | undefined]>> = {
  'keepalived-stopped': [
    settledMs,
    {
      verdict: 'degraded',
      rule: 'keepalived-down',
      what: 'keepalived on cp1 is inactive',
      command: `${on1} systemctl status k8s-ha-keepalived.service`,
      below: [],
    },
  ],
  'keepalived-killed': [
    0,
    {
      verdict: 'outage',
      rule: 'no-holder',
      what: 'no node holds 172.16.100.100',
      command: 'k8s-ha events prod.yaml',
      below: ['cp2 and cp3 can take it over', 'keepalived on cp1 is inactive'],
    },
  ],
  'keepalived-hung': [
    settledMs,
    {
      verdict: 'outage',
      rule: 'split-brain',
      what: 'cp1 and cp2 both hold 172.16.100.100',
      command: `${on1} systemctl stop k8s-ha-keepalived.service`,
      below: ['clients reach one or the other by chance', 'keepalived on cp1 does not answer'],
    },
  ],
  'haproxy-stopped': [
    settledMs,
    {
      verdict: 'degraded',
      rule: 'haproxy-down',
      what: 'HAProxy on cp1 is inactive',
      command: `${on1} systemctl status k8s-ha-haproxy.service`,
      below: [fault1],
    },
  ],
  'haproxy-killed': [
    0,
    {
      verdict: 'outage',
      rule: 'haproxy-down',
      what: 'HAProxy on cp1 is inactive',
      command: `${on1} systemctl status k8s-ha-haproxy.service`,
      below: [],
    },
  ],
  'haproxy-out-of-memory': [
    0,
    {
      verdict: 'outage',
      rule: 'haproxy-down',
      what: 'HAProxy on cp1 is inactive',
      command: `${on1} systemctl status k8s-ha-haproxy.service`,
      below: [],
    },
  ],
  'haproxy-hung': [
    settledMs,
    {
      verdict: 'degraded',
      rule: 'haproxy-silent',
      what: 'HAProxy on cp1 does not answer',
      command: `${on1} journalctl -n 50 -u k8s-ha-haproxy.service`,
      below: [fault1],
    },
  ],
  'connections-exhausted': [
    settledMs,
    {
      verdict: 'outage',
      rule: 'connections-full',
      what: 'HAProxy on cp1 is full: 1000 of at most 1000 connections',
      command: `${on1} ss -Htn state established sport = :7443`,
      below: [],
    },
  ],
  'node-lost': [settledMs, silent()],
  'node-rebooted': [settledMs, silent()],
  'node-paused': [settledMs, silent()],
  'link-down': [settledMs, silent()],
  'link-flapping': [settledMs, silent()],
  // What nothing on a node notices, and no look can see.
  'packets-lost-10': [settledMs, undefined],
  'packets-lost-30': [settledMs, undefined],
  'mtu-black-hole': [settledMs, undefined],
  'cut-from-peers': [settledMs, cutOff()],
  'deaf-to-peers': [settledMs, cutOff()],
  'mute-to-peers': [settledMs, cutOff()],
  // One of the two has given the VIP up, and neither reaches the other's API server.
  'pair-cut': [
    6000,
    {
      verdict: 'degraded',
      rule: 'instance-fault',
      what: 'cp2 cannot take 172.16.100.100: VRRP is in FAULT',
      command: 'ssh 172.16.217.172 journalctl -n 50 -u k8s-ha-keepalived.service',
      below: [],
      others: ['api-server-down', 'api-server-down'],
    },
  ],
  isolated: [settledMs, cutOff()],
  'disk-full': [settledMs, undefined],
  'read-only-root': [settledMs, undefined],
  'cpu-starved': [settledMs, undefined],
  'dns-gone': [settledMs, undefined],
  'clock-stepped': [
    settledMs,
    {
      verdict: 'served',
      rule: 'clock-off',
      what: 'cp1: its clock is 60 min ahead of the others',
      command: `${on1} timedatectl`,
      below: [],
    },
  ],
  'network-restarted': [settledMs, undefined],
  'vip-deleted': [
    0,
    {
      verdict: 'outage',
      rule: 'no-holder',
      what: 'no node holds 172.16.100.100',
      command: 'k8s-ha events prod.yaml',
      below: ['cp1, cp2 and cp3 can take it over'],
    },
  ],
  // What the nodes themselves cannot see.
  'address-taken': [settledMs, undefined],
  'late-arp': [settledMs, drainedByDrill()],
  'api-server-killed': [0, apiServer()],
  'api-server-out-of-memory': [0, apiServer()],
  'api-server-hung': [settledMs, apiServer()],
  'api-server-not-ready': [settledMs, apiServer(['cp1: the API server is not ready: etcd'])],
  'etcd-member-killed': [0, etcdDown('cp2', '172.16.217.172')],
  'etcd-leader-killed': [0, etcdDown('cp1', '172.16.217.171')],
  'etcd-quorum-lost': [
    settledMs,
    {
      verdict: 'outage',
      rule: 'etcd-no-leader',
      what: 'etcd has lost its quorum: 1 of 3 members answers',
      command: `${on1} crictl ps -a --name etcd`,
      below: [
        'etcd on cp1 does not answer',
        'etcd on cp2 does not answer',
        'reads are answered from caches at best',
        'no API server is ready',
      ],
    },
  ],
  reloaded: [0, undefined],
  drained: [settledMs, drainedByDrill()],
  restarted: [
    settledMs,
    {
      verdict: 'degraded',
      rule: 'drained',
      what: 'cp1 is drained by a rollout that works on it (ada)',
      command: 'k8s-ha status prod.yaml --watch',
      below: [fault1],
    },
  ],
};

let healthy: SimCluster;
beforeAll(async () => {
  healthy = await running();
});

test('a healthy cluster has no cause, and every node to spare', () => {
  expect(diagnosed(seenOf(healthy))).toEqual({
    verdict: 'served',
    sentence: 'The API is served by cp1.',
    causes: [],
    redundancy: { fit: 3, of: 3 },
  });
});

describe('the one root cause', () => {
  test('is known for every fault of the registry', () => {
    expect(Object.keys(told)).toEqual(faults.map(({ name }) => name));
  });

  test.each(faults)('of $name, with its command, and what follows folded below it', async (fault) => {
    const [afterMs, expected] = told[fault.name] ?? [0, undefined];
    const { verdict, sentence, causes } = diagnosed(seenOf(await brokenBy(healthy, fault, afterMs)));
    expect(
      causes
        .slice(0, Math.max(1, causes.length - (expected?.others?.length ?? 0)))
        .map(({ rule, what, command, consequences }) => ({ rule, what, command, below: consequences })),
    ).toEqual(
      expected ? [{ rule: expected.rule, what: expected.what, command: expected.command, below: expected.below }] : [],
    );
    expect(causes.slice(1).map(({ rule }) => rule)).toEqual(expected?.others ?? []);
    expect(verdict).toBe(expected?.verdict ?? 'served');
    expect(sentence).toContain(verdict === 'served' ? 'served by cp1' : expected?.what);
    for (const { rule } of causes) expect(findingIds).toContain(rule);
  });
});
