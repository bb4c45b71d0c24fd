import { apply } from '../../../src/act/verbs/apply.ts';
import { drain, undrain } from '../../../src/act/verbs/drain.ts';
import { remove } from '../../../src/act/verbs/remove.ts';
import { rollingRestart } from '../../../src/act/verbs/restart.ts';
import { rollback } from '../../../src/act/verbs/rollback.ts';
import { spread } from '../../../src/act/verbs/spread.ts';
import { upgrade } from '../../../src/act/verbs/upgrade.ts';
import type { Ended } from '../../../src/act/outcome.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { madeOnce } from '../../../src/core/read-once.ts';
import { paths } from '../../../src/node/paths.ts';
import { withLock } from '../../../src/lock/lock.ts';
import {
  copyOf,
  drive,
  nodeOf,
  pass,
  simCluster,
  simRun,
  type SimCluster,
  type SimRun,
} from '../../fakes/sim/cluster.ts';
import { simNode } from '../../fakes/sim/node.ts';
import { simHost } from '../../fakes/sim/host.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { optionsOf, settled } from './verbs.ts';

/** Something that an operator does to a cluster, and what must be true once it is done. */
export interface Scenario {
  readonly name: string;
  /** The cluster before: what the verb finds. */
  readonly before: ClusterSpec;
  /** What is done to that cluster first. */
  readonly prepare?: (cluster: SimCluster) => Promise<void>;
  /** The verb; run again after a kill, it finishes. */
  readonly act: (cluster: SimCluster, run: SimRun) => Promise<Ended<unknown>>;
  /** What the nodes are compared with afterwards; nothing where no file of ours is left. */
  readonly after: ClusterSpec | undefined;
  /** A second run does something else: only one that was killed before its end is run again. */
  readonly once?: boolean;
  /** Nothing of ours is there at first. */
  readonly bare?: boolean;
  /** What else must be true at the end, killed or not: what is wrong. */
  readonly wrong?: (cluster: SimCluster) => readonly string[];
  /** The longest time without a holder that the plan announces, in milliseconds; one takeover when absent. */
  readonly noHolderMs?: number;
}

const three = fakeSpec();

function vipOf(place: number) {
  return {
    address: `172.16.100.${100 + place}`,
    family: 'ipv4' as const,
    instance: `K8S_API_${place + 1}`,
    virtualRouterId: 51 + place,
  };
}

function withVips(...places: readonly number[]): ClusterSpec {
  return { ...three, endpoint: { ...three.endpoint, virtualIPs: places.map(vipOf) } };
}

function rekeyed(): ClusterSpec {
  const virtualIPs = three.endpoint.virtualIPs.map((vip) => ({ ...vip, virtualRouterId: vip.virtualRouterId + 50 }));
  return { ...three, endpoint: { ...three.endpoint, virtualIPs } };
}

/** As the loader names them by their place in the file: a VIP after the new one gets another instance. */
function inserted(): ClusterSpec {
  const virtualIPs = [0, 2, 1].map((vip, place) => ({ ...vipOf(place), address: vipOf(vip).address }));
  return { ...three, endpoint: { ...three.endpoint, virtualIPs } };
}

const four = fakeSpec({}, { nodes: 4 });
const five = fakeSpec({}, { nodes: 5 });
const slower: ClusterSpec = { ...three, failover: { ...three.failover, targetMs: 900 } };
const faster: ClusterSpec = { ...three, failover: { ...three.failover, targetMs: 300 } };
const otherPort: ClusterSpec = { ...three, endpoint: { ...three.endpoint, port: 8443 } };
const preempting: ClusterSpec = { ...three, failover: { ...three.failover, preempt: true } };
const withoutLast: ClusterSpec = {
  ...three,
  nodes: three.nodes.slice(0, 2),
  failover: { ...three.failover, fencing: false },
};
const replaced: ClusterSpec = {
  ...three,
  nodes: three.nodes.map((node, i) => (i === 2 ? { ...node, name: 'cp9', address: '172.16.217.199' } : node)),
};

function applying(name: string, before: ClusterSpec, after: ClusterSpec): Scenario {
  return {
    name,
    before,
    after,
    prepare: async (cluster) => join(cluster, after),
    act: async (cluster, run) => apply(after, { ...optionsOf(cluster, run), ...reaching(cluster, run, after) }),
  };
}

/** Machines that the new file names and the old one did not. */
async function join(cluster: SimCluster, { nodes }: ClusterSpec): Promise<void> {
  for (const [index, { name, address }] of nodes.entries())
    if (!cluster.nodes.some((node) => node.name === name)) cluster.nodes.push(simNode(index + 10, { name, address }));
}

/** Hosts of the nodes that the file names, and a way to those that it does not name any more. */
export function reaching(cluster: SimCluster, { run }: SimRun, { nodes }: ClusterSpec) {
  return {
    hosts: nodes.map(({ name }) => simHost(cluster, nodeOf(cluster, name), run)),
    reach: ({ name, address }: { readonly name: string; readonly address: string }) => {
      const node = cluster.nodes.find((one) => one.address === address);
      if (!node) throw new Error(`nothing has the address of ${name}`);
      return { ...simHost(cluster, node, run), name };
    },
  };
}

/** The holder of the first VIP has lost it to another node, so that one node has both. */
async function bothOnOne(cluster: SimCluster): Promise<void> {
  const run = simRun(cluster);
  await drive(cluster, run, drain(three, 'cp1', { ...optionsOf(cluster, run), reason: 'test', sessionsMs: 0 }));
  const back = simRun(cluster);
  await drive(cluster, back, undrain(three, 'cp1', optionsOf(cluster, back)));
}

const hardened: ClusterSpec = { ...three, apiServer: { ...three.apiServer, healthAuth: 'certificate' } };

/** What is wrong with the client certificates of health checks, as HAProxy runs with them. */
function certificates({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap(({ name, files, services }) =>
    files.get(paths.healthCert)?.mode === 0o600 &&
    /^# .*health-check\.pem: .*: sha256 d27e[^]* crt \//m.test(services.haproxy.loaded)
      ? []
      : [`HAProxy of ${name} has no certificate`],
  );
}

const managed: ClusterSpec = { ...three, firewall: 'manage' };

/** Nodes whose firewall is not as it should be. */
function firewalls(open: boolean): NonNullable<Scenario['wrong']> {
  return ({ nodes }) =>
    nodes.flatMap(({ name, files, opened }) =>
      opened === (open ? files.get(paths.firewall)?.content : undefined) && (opened !== undefined) === open
        ? []
        : [`the firewall of ${name} is ${open ? 'closed' : 'open'}`],
    );
}

/** Changes of what the nodes serve. */
export const changes: readonly Scenario[] = [
  {
    name: 'first set-up',
    bare: true,
    before: three,
    after: three,
    act: async (cluster, run) => apply(three, optionsOf(cluster, run)),
  },
  applying('slower timers', three, slower),
  { ...applying('health checks by a certificate', three, hardened), wrong: certificates },
  {
    ...applying('a certificate that others could read', hardened, hardened),
    prepare: async ({ nodes }) => {
      const file = nodes[1]?.files.get(paths.healthCert);
      if (file) nodes[1]?.files.set(paths.healthCert, { ...file, mode: 0o644 });
    },
    wrong: certificates,
  },
  applying('anonymous health checks again', hardened, three),
  applying('faster timers', slower, faster),
  applying('another port', three, otherPort),
  applying('preemption', three, preempting),
  applying('another VIP', withVips(0), withVips(0, 1)),
  // The holder's keepalived restarts with another identity, and listens before it elects.
  { ...applying('a VIP inserted before another', withVips(0, 1), inserted()), noHolderMs: 4000 },
  applying('a VIP less', withVips(0, 1), withVips(0)),
  applying('a VIP replaced', withVips(0), withVips(1)),
  applying('other virtual router ids', three, rekeyed()),
  applying('no guard any more', three, { ...three, guard: 'off' }),
  applying('a guard', { ...three, guard: 'off' }, three),
  { ...applying('firewalls opened', three, managed), wrong: firewalls(true) },
  { ...applying('firewalls closed again', managed, three), wrong: firewalls(false) },
  // It would take its VIP back as soon as it is told that the others hear it.
  {
    ...applying('another network card in the node that is preferred', preempting, preempting),
    prepare: async (cluster) => void Object.assign(nodeOf(cluster, 'cp1'), { mac: '02:00:00:00:00:99' }),
  },
];

/** Changes of the membership, and the verbs that are no apply. */
export const membersAndVerbs: readonly Scenario[] = [
  applying('a node more', three, four),
  applying('two nodes more', three, five),
  applying('a node less', four, three),
  applying('the last node less', three, withoutLast),
  applying('a node replaced', three, replaced),
  {
    name: 'restart',
    before: three,
    after: three,
    act: async (cluster, run) => {
      const options = optionsOf(cluster, run);
      const result = await withLock(options.hosts, { verb: 'drill' }, options, async ({ owner }) =>
        rollingRestart(three, options.hosts, owner, options),
      );
      const findings = result.ok ? result.value : result.error;
      return { outcome: findings.length === 0 ? 'applied' : 'failed', plan: undefined, findings };
    },
  },
  {
    name: 'drain',
    before: three,
    after: three,
    act: async (cluster, run) =>
      drain(three, 'cp1', { ...optionsOf(cluster, run), reason: 'apply kernel patches', sessionsMs: 500 }),
  },
  {
    name: 'undrain',
    before: three,
    after: three,
    prepare: async (cluster) => {
      const run = simRun(cluster);
      await drive(cluster, run, drain(three, 'cp1', { ...optionsOf(cluster, run), reason: 'fan', sessionsMs: 0 }));
    },
    act: async (cluster, run) => undrain(three, 'cp1', optionsOf(cluster, run)),
  },
  {
    name: 'spread',
    before: three,
    after: three,
    prepare: bothOnOne,
    act: async (cluster, run) => spread(three, optionsOf(cluster, run)),
  },
  {
    name: 'rollback',
    once: true,
    before: three,
    after: three,
    prepare: async (cluster) => {
      await settled(cluster, slower);
    },
    act: async (cluster, run) => rollback(slower, optionsOf(cluster, run)),
  },
  {
    name: 'upgrade',
    before: three,
    after: three,
    act: async (cluster, run) => upgrade(three, optionsOf(cluster, run)),
  },
  {
    name: 'remove',
    before: three,
    after: undefined,
    act: async (cluster, run) => remove(three, { ...optionsOf(cluster, run), packages: false }),
  },
];

/** A cluster on which a scenario begins, in a world of its own, with the trouble that there was until then. */
export async function clusterFor(scenario: Scenario): Promise<SimCluster> {
  const prepared = await preparedFor(scenario);
  const cluster = copyOf(prepared);
  for (const [vip, trouble] of prepared.trouble) cluster.trouble.set(vip, { ...trouble });
  return cluster;
}

/** Made once for all tests that begin on it, which get copies. */
const preparedFor = madeOnce(async ({ bare, before, prepare }: Scenario): Promise<SimCluster> => {
  const cluster = simCluster(before);
  if (bare !== true) await settled(cluster, before);
  await prepare?.(cluster);
  await pass(cluster, 5000);
  cluster.log.length = 0;
  return cluster;
});
