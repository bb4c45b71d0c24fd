import type { AddonsSeen, CertificateSeen, EtcdSeen, KubernetesSeen } from '../cluster/kubernetes.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState, ServiceSeen } from '../cluster/state.ts';
import type { Finding, FindingId } from '../core/finding.ts';
import { formatMs } from '../core/duration.ts';
import { parseAddress } from '../core/ip.ts';
import { clockFindings } from './clock.ts';

/** kubeadm's certificates last a year and are renewed by its upgrades: a month before the end somebody should know. */
const expiryWarningDays = 30;

/** A week before it, it is to be done. */
const expiryErrorDays = 7;

/** etcd stops taking writes at its quota (2 GiB unless set otherwise). */
const databaseWarningBytes = 1.6 * 2 ** 30;

/** Below this much it does not matter how much of the database is empty. */
const fragmentsFromBytes = 100 * 2 ** 20;

/** A lease that was not renewed for this many of its durations has no living holder. */
const staleDurations = 3;

function seenIn(
  state: ClusterState,
): readonly { readonly node: string; readonly kubernetes: KubernetesSeen; readonly addons: ServiceSeen }[] {
  return state.nodes.flatMap(({ node, seen }) =>
    seen.known && seen.value.kubernetes.known
      ? [{ node, kubernetes: seen.value.kubernetes.value, addons: seen.value.addons }]
      : [],
  );
}

/** What is wrong with Kubernetes itself, judged from one observation; nothing where it was not asked. */
export function kubernetesFindings(spec: ClusterSpec, state: ClusterState): readonly Finding[] {
  const nodes = seenIn(state);
  // What is how old is told by clocks.
  const wrong = new Set(clockFindings(state).map(({ node }) => node));
  const right = nodes.filter(({ node }) => !wrong.has(node));
  return [
    ...nodes.flatMap(({ node, kubernetes, addons }) => [
      ...readiness(node, kubernetes),
      ...(kubernetes.served.known ? certificateNames(spec, node, kubernetes.served.value) : []),
      ...expiries(spec, node, kubernetes),
      ...addonFindings(spec, node, kubernetes, addons),
    ]),
    ...etcdFindings(spec, nodes),
    ...snapshotFindings(spec, right, state),
    ...(wrong.size > 0 ? [] : leaseFindings(spec, nodes)),
    ...versionSkew(nodes),
  ];
}

function readiness(node: string, { readyz }: KubernetesSeen): readonly Finding[] {
  return readyz.known && !readyz.value.ready
    ? [
        {
          rule: 'api-server-not-ready',
          severity: 'warning',
          node,
          message: `the API server is not ready${readyz.value.failing.length > 0 ? `: ${readyz.value.failing.join(', ')}` : ''}`,
        },
      ]
    : [];
}

/** Names that clients may use and that a certificate must therefore have. */
function wantedNames({ endpoint }: ClusterSpec): readonly string[] {
  return [
    ...endpoint.virtualIPs.map(({ address }) => address),
    ...(endpoint.dnsName === undefined ? [] : [endpoint.dnsName]),
  ];
}

/** A certificate's name for a wanted one: addresses in any spelling, and names under a wildcard (RFC 9525 §6.3). */
function covers(name: string, wanted: string): boolean {
  const address = parseAddress(name);
  if (address) return address.text === wanted;
  if (name.startsWith('*.'))
    return wanted.includes('.') && name.slice(1).toLowerCase() === wanted.slice(wanted.indexOf('.')).toLowerCase();
  return name.toLowerCase() === wanted.toLowerCase();
}

function certificateNames(spec: ClusterSpec, node: string, { names }: CertificateSeen): readonly Finding[] {
  const missing = wantedNames(spec).filter((wanted) => !names.some((name) => covers(name, wanted)));
  if (missing.length === 0) return [];
  return [
    {
      rule: 'certificate-names',
      severity: 'error',
      node,
      message: `the API server's certificate is not for ${missing.join(', ')}`,
      reason: 'Clients that use the address refuse the connection: the name does not match.',
      suggestion: namesRemedy(spec, node),
    },
  ];
}

/** The commands that give a kubeadm node a new serving certificate; the API server takes it up by itself. */
export function namesRemedy(spec: ClusterSpec, node: string): string {
  return [
    'With kubeadm, from here and then on the node:',
    `  kubectl -n kube-system get cm kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' >existing.yaml`,
    `  k8s-ha kubeadm ${spec.name}.yaml --node ${node} --existing existing.yaml >kubeadm-${node}.yaml`,
    `  scp kubeadm-${node}.yaml ${node}:/root/kubeadm.yaml   # then on ${node}, as root:`,
    '  mkdir -p /root/old-pki && mv /etc/kubernetes/pki/apiserver.{crt,key} /root/old-pki/',
    '  kubeadm init phase certs apiserver --config /root/kubeadm.yaml',
    '  kubeadm init phase upload-config kubeadm --config /root/kubeadm.yaml',
  ].join('\n');
}

function expiries(spec: ClusterSpec, node: string, { certificates, served }: KubernetesSeen): readonly Finding[] {
  const all = [...(certificates.known ? certificates.value : []), ...(served.known ? [served.value] : [])];
  return all
    .filter(({ daysLeft }) => daysLeft < expiryWarningDays)
    .map(({ path, subject, daysLeft, expires }) => ({
      rule: 'certificate-expiry',
      severity: daysLeft < expiryErrorDays ? ('error' as const) : ('warning' as const),
      node,
      message: `${path === '' ? 'the certificate that the API server shows' : path} (${subject}) ${daysLeft < 0 ? 'expired' : 'expires'} on ${expires.slice(0, 10)}`,
      suggestion: `With kubeadm: k8s-ha certificates renew ${spec.name}.yaml`,
    }));
}

/** A pass takes seconds and comes every ten. */
const addonSilenceMs = 60_000;

/** A rollout keeps the add-ons back for fifteen minutes at most; nothing else should for that long. */
const addonWaitMs = 20 * 60_000;

function addonFindings(
  spec: ClusterSpec,
  node: string,
  { addons }: KubernetesSeen,
  unit: ServiceSeen,
): readonly Finding[] {
  const problem = addons.known ? addonProblem(addons.value, spec.addons ? unit : undefined) : addons.reason;
  if (problem === undefined) return [];
  return [
    {
      rule: 'addons',
      severity: 'warning',
      node,
      message: problem,
      suggestion: 'See journalctl -u k8s-ha-addons on the node.',
    },
  ];
}

/** @param unit of the add-ons, where the cluster has some */
function addonProblem(addons: AddonsSeen | undefined, unit: ServiceSeen | undefined): string | undefined {
  if (!addons) {
    const { active, ageMs = 0 } = unit ?? { active: 'active' };
    if (active !== 'active') return `the add-ons' unit is ${active}`;
    return ageMs < addonSilenceMs ? undefined : `the add-ons' unit has said nothing for ${formatMs(ageMs)}`;
  }
  const { ok, message, ageMs, notAppliedMs } = addons;
  if (!ok) return `the add-ons are not applied: ${message}`;
  if (ageMs >= addonSilenceMs) return `the add-ons were last looked at ${formatMs(ageMs)} ago`;
  return notAppliedMs < addonWaitMs
    ? undefined
    : `the add-ons were last applied ${formatMs(notAppliedMs)} ago: ${message}`;
}

function finding(rule: FindingId, severity: Finding['severity'], message: string, node?: string): Finding {
  return {
    rule,
    severity,
    message,
    ...(node !== undefined && { node }),
  };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function etcdFindings(
  spec: ClusterSpec,
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
): readonly Finding[] {
  const members = nodes.flatMap(({ node, kubernetes: { etcd } }) => (etcd.known ? [{ node, etcd: etcd.value }] : []));
  const one = ({ node, etcd }: { node: string; etcd: EtcdSeen }): readonly Finding[] => [
    ...(etcd.leaderId === '0' ? [finding('etcd-no-leader', 'error', 'the etcd member knows no leader', node)] : []),
    ...(etcd.databaseBytes > databaseWarningBytes
      ? [finding('etcd-size', 'warning', `etcd's database has ${Math.round(etcd.databaseBytes / 2 ** 20)} MiB`, node)]
      : []),
    ...(etcd.databaseBytes > fragmentsFromBytes && etcd.inUseBytes > 0 && etcd.inUseBytes * 2 < etcd.databaseBytes
      ? [
          finding(
            'etcd-fragmented',
            'warning',
            `etcd's database has ${mebibytes(etcd.databaseBytes)}, of which ${mebibytes(etcd.inUseBytes)} are used`,
            node,
          ),
        ]
      : []),
  ];
  const leaders = new Set(members.map(({ etcd }) => etcd.leaderId).filter((id) => id !== '0'));
  const lists = members.flatMap(({ etcd }) => (etcd.members.known ? [etcd.members.value] : []));
  const alarms = new Set(
    members.flatMap(({ etcd }) => (etcd.alarms.known ? etcd.alarms.value : []).map(({ alarm }) => alarm)),
  );
  const [list] = lists;
  return [
    ...members.flatMap(one),
    ...(leaders.size > 1 ? [finding('etcd-leaders', 'warning', 'the etcd members name different leaders')] : []),
    ...[...alarms].map((alarm) => finding('etcd-alarm', 'error', `etcd has the alarm ${alarm}`)),
    ...(list?.some(({ name }) => name === '')
      ? [finding('etcd-not-started', 'warning', 'an etcd member was added and never started')]
      : []),
    ...(list ?? [])
      .filter(({ name, learner }) => learner && name !== '')
      .map(({ name }) => finding('etcd-learner', 'warning', `the etcd member ${name} only learns, and does not vote`)),
    ...(list && spec.etcd.mode === 'stacked' && list.length !== spec.nodes.length
      ? [
          finding(
            'etcd-members',
            'warning',
            `etcd has ${list.length} members, and there are ${spec.nodes.length} nodes`,
          ),
        ]
      : []),
  ];
}

/** A snapshot takes a while, and a node that was started takes its first one later. */
const snapshotLateMs = 10 * 60_000;

/** Together the nodes have one that is younger than the interval; each has one that is younger than two. */
function snapshotFindings(
  { etcd: { snapshots } }: ClusterSpec,
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
  { nodes: all }: ClusterState,
): readonly Finding[] {
  if (!snapshots) return [];
  const failed = all.flatMap(({ node, seen }) => (seen.known && seen.value.snapshots.failed ? [node] : []));
  const ages = nodes.flatMap(({ kubernetes: { snapshotAgeMs: age } }) => (age === undefined ? [] : [age]));
  const newest = Math.min(...ages);
  const late = nodes.flatMap(({ node, kubernetes: { snapshotAgeMs: age } }) =>
    age !== undefined && age > 2 * snapshots.everyMs + snapshotLateMs ? [{ node, age }] : [],
  );
  return [
    ...failed.map((node) => finding('etcd-snapshot-missing', 'warning', 'the last snapshot of etcd failed', node)),
    ...(nodes.length > 0 && newest > snapshots.everyMs + snapshotLateMs
      ? [
          finding(
            'etcd-snapshot-missing',
            'warning',
            ages.length === 0
              ? 'no node has a snapshot of etcd yet'
              : `the newest snapshot of etcd is ${formatMs(newest)} old, and there should be one every ${formatMs(snapshots.everyMs)}`,
          ),
        ]
      : late.map(({ node, age }) =>
          finding('etcd-snapshot-missing', 'warning', `its newest snapshot of etcd is ${formatMs(age)} old`, node),
        )),
  ];
}

function leaseFindings(
  spec: ClusterSpec,
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
): readonly Finding[] {
  const read = nodes.flatMap(({ kubernetes: { leases } }) => (leases.known ? [leases.value] : []))[0] ?? [];
  return read
    .filter(
      ({ holder, ageMs, durationMs }) =>
        holder !== '' && durationMs > 0 && ageMs.known && ageMs.value > staleDurations * durationMs,
    )
    .map(({ name, holder, ageMs }) => ({
      rule: 'lease-stale',
      severity: 'warning',
      ...nodeIn(spec, holder),
      message: `${holder} holds the lease ${name}, but renewed it ${ageMs.known ? formatMs(ageMs.value) : ''} ago last`,
      reason: 'Nobody does its work: the holder is gone, and no other takes part.',
    }));
}

/** A lease's holder calls itself by its node's name, an underscore and a number. */
function nodeIn({ nodes }: ClusterSpec, holder: string): { readonly node?: string } {
  const found = nodes.find(({ name }) => holder.startsWith(`${name}_`));
  return found === undefined ? {} : { node: found.name };
}

function versionSkew(
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
): readonly Finding[] {
  const minors = nodes.flatMap(({ kubernetes: { version } }) => {
    const minor = version.known ? /^v\d+\.(\d+)\./.exec(version.value)?.[1] : undefined;
    return minor === undefined ? [] : [Number(minor)];
  });
  return Math.max(...minors) - Math.min(...minors) > 1
    ? [
        {
          rule: 'version-skew',
          severity: 'warning',
          message: 'the API servers are more than one minor version apart',
          reason: 'Kubernetes supports one (version skew policy).',
        },
      ]
    : [];
}
