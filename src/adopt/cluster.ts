import { stringify } from 'yaml';
import { derivedRouterId } from '../cluster/file/complete.ts';
import { load, type Judge } from '../cluster/file/load.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { durationText } from '../core/duration.ts';
import type { Finding } from '../core/finding.ts';
import { solveSpec } from '../predict/solve.ts';
import { endpointOf, nodesOf, type ImportedNode } from './endpoint.ts';
import {
  ownExtra,
  ownFirewall,
  ownGuard,
  ownHeader,
  ownHealthAuth,
  ownSnapshots,
  ownKeeping,
  ownRuntime,
  ownTelling,
  peerPorts,
} from './own.ts';
import type { ServerConfig } from './haproxy/server.ts';
import type { Setup } from './setup.ts';
import { placeOf } from './word.ts';
import { targetFor, timersOf } from './timers.ts';

export interface ImportOptions {
  /** Name of the cluster, where the files do not say it. */
  readonly name?: string | undefined;
  /** Names and addresses of the nodes, where the files do not say them, or say the load balancers'. */
  readonly nodes?: readonly ImportedNode[] | undefined;
  /** The rules that the cluster file must pass: what they refuse is a finding. */
  readonly judge?: Judge | undefined;
}

export interface ImportedCluster {
  /** Undefined when the files do not say enough; the findings say what is missing. */
  readonly text?: string | undefined;
  readonly spec?: ClusterSpec | undefined;
  readonly findings: readonly Finding[];
}

/** The cluster file that describes what was found, with the comment that says where it comes from. */
export function clusterOf(setup: Setup, options: ImportOptions): ImportedCluster {
  const keepalived = setup.nodes.find((node) => node.keepalived)?.keepalived;
  const haproxy = setup.nodes.find((node) => node.haproxy)?.haproxy;
  const header = ownHeader(haproxy?.text ?? '') ?? ownHeader(keepalived?.text ?? '');
  const name = header?.cluster ?? options.name ?? 'imported';
  const nodes = nodesOf(setup, options.nodes);
  const endpoint = endpointOf(setup, nodes.nodes);
  const findings = [...nodes.findings, ...endpoint.findings];
  if (nodes.nodes.length === 0 || endpoint.virtualIPs.length === 0) return { findings };

  const own = header !== undefined;
  const server = haproxy?.api?.servers[0];
  const send = haproxy?.api?.backend.lines.find(
    (words) => words[0]?.text === 'http-check' && words[1]?.text === 'send',
  );
  const uri = send?.[send.findIndex(({ text }) => text === 'uri') + 1]?.text;
  const caFile = server?.parameters.get('ca-file')?.text;
  const priorities = own ? ownPriorities(setup, nodes.nodes) : [];
  const ports = own ? peerPorts(setup.files) : undefined;
  const fenced = haproxy?.tree.sections.some(({ name: section }) => section?.text === 'k8s_members');
  const base = {
    name,
    endpoint: {
      virtualIPs: endpoint.virtualIPs,
      port: endpoint.port,
      // A router id of somebody else's is not carried over: two elections under one id would disturb each other.
      ...(own &&
        endpoint.virtualRouterId !== undefined &&
        endpoint.virtualRouterId !== derivedRouterId(name) && { virtualRouterId: endpoint.virtualRouterId }),
    },
    nodes: nodes.nodes.map((node, i) => ({
      name: node.name,
      address: node.address,
      ...(node.secondAddress !== undefined && { secondAddress: node.secondAddress }),
      ...(node.interface !== undefined && { interface: node.interface }),
      ...(priorities[i] !== undefined && { priority: priorities[i] }),
    })),
    ...part(
      {
        port: server?.port !== undefined && server.port !== 6443 ? server.port : undefined,
        caFile: own && caFile !== '/etc/kubernetes/pki/ca.crt' ? caFile : undefined,
        healthPath: own && uri !== '/readyz' ? uri : undefined,
        ...(own ? ownHealthAuth(haproxy?.text ?? '', caFile ?? '/etc/kubernetes/pki/ca.crt') : healthAuthOf(server)),
        tlsServerName: own ? serverNameIn(server) : undefined,
      },
      'apiServer',
    ),
    ...(ports && ports.length < 3
      ? { etcd: { mode: 'external' } }
      : part(
          {
            peerPort: ports?.[2] === 2380 ? undefined : ports?.[2],
            snapshots: own ? ownSnapshots(setup.files) : undefined,
          },
          'etcd',
        )),
  };
  const extras = {
    ...(own &&
      part(
        {
          maxConnections: usualConnections(haproxy?.maxConnections?.value) ? undefined : haproxy?.maxConnections?.value,
          extra: ownExtra(haproxy?.text ?? '', 'haproxy')?.text,
        },
        'haproxy',
      )),
    ...(own && ownRuntime(setup.files)),
    ...(own && ownGuard(setup.files)),
    ...(own && ownFirewall(setup.files)),
    ...(own && part({ extra: ownExtra(keepalived?.text ?? '', 'keepalived')?.text }, 'keepalived')),
  };
  const preempt = own && keepalived?.instances[0]?.nopreempt === false ? { preempt: true } : {};
  const told = own ? { ...ownTelling(haproxy?.text ?? ''), ...ownKeeping(setup.files) } : {};
  const fileWith = (failover: object, fencing: object) => ({
    ...base,
    failover: { ...failover, ...fencing, ...preempt, ...told },
    ...extras,
  });
  const fencingOf = (spec: ClusterSpec | undefined): object =>
    spec === undefined || spec.failover.fencing === fenced ? {} : { fencing: fenced ? 'on' : 'off' };

  const found = own && keepalived && haproxy ? timersOf(keepalived, haproxy) : undefined;
  const version = ownHeader(keepalived?.text ?? '')?.version;
  const plain = found && specOf(fileWith({}, {}));
  const failover = found
    ? targetFor(found, (targetMs) => {
        const spec = plain && { ...plain, failover: { ...plain.failover, targetMs } };
        const solved = spec && solveSpec(spec, version ? [{ keepalived: version }] : []);
        return solved?.ok ? solved.value.timers : undefined;
      })
    : { target: durationText(500) };
  const data = fileWith(failover, own ? fencingOf(specOf(fileWith(failover, {}))) : {});
  const text = `${headLine(setup)}\n${stringify(data, { lineWidth: 0 })}`;
  return { text, spec: specOf(data), findings: [...findings, ...refused(text, setup, options)] };
}

/** Checks of somebody else's that log in by a certificate go on with it: `crt` of a server whose connections are not ours to encrypt. */
function healthAuthOf(server: ServerConfig | undefined): Readonly<Record<string, string>> {
  const crt = server?.parameters.get('crt')?.text;
  return crt !== undefined && server?.parameters.has('check-ssl') === true
    ? { healthAuth: 'certificate', healthCertFile: crt }
    : {};
}

/** Undefined for kubeadm's name. */
function serverNameIn(server: ServerConfig | undefined): string | undefined {
  const name = server?.parameters.get('check-sni')?.text ?? 'none';
  return server === undefined || name === 'kubernetes' ? undefined : name;
}

/** What `check` will say against the file: it is not written without a word. */
function refused(text: string, setup: Setup, { judge }: ImportOptions): Finding[] {
  const { findings } = load(text, 'the cluster file', judge);
  const [vip] = setup.nodes.flatMap(({ keepalived }) => keepalived?.instances ?? []).flatMap(({ vips }) => vips);
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ message, reason, suggestion, position }) => ({
      rule: 'import-file-refused',
      severity: 'error',
      message: `\`check\` refuses the cluster file that these files lead to: ${message}`,
      reason: reason ?? 'Nothing can be rendered from it.',
      suggestion: suggestion ?? 'Correct it before you apply it.',
      ...(vip ? { position: placeOf(vip.at) } : position && { position }),
    }));
}

function specOf(data: object): ClusterSpec | undefined {
  return load(stringify(data), 'imported').spec;
}

function headLine({ files }: Setup): string {
  return `# Written by \`k8s-ha import\` from ${files.length} file${files.length === 1 ? '' : 's'}. Check it, then apply it: k8s-ha check --live, k8s-ha plan.`;
}

/** `{ key: {…} }` with what is defined; nothing where all is as the default has it. */
function part(values: Readonly<Record<string, unknown>>, key: string): object {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return defined.length === 0 ? {} : { [key]: Object.fromEntries(defined) };
}

/** What k8s-ha computes from a node's open files is no wish of the operator's. */
function usualConnections(limit: number | undefined): boolean {
  return limit === undefined || limit === 20_000;
}

/** The nodes' priorities for the first VIP; undefined where they are the default's. */
function ownPriorities(setup: Setup, nodes: readonly ImportedNode[]): (number | undefined)[] {
  const found = nodes.map(({ name, address }) => {
    const node = setup.nodes.find(
      ({ name: folder, keepalived }) =>
        ownHeader(keepalived?.text ?? '')?.node === name ||
        keepalived?.instances[0]?.source?.value === address ||
        folder === name,
    );
    return node?.keepalived?.instances[0]?.priority?.value;
  });
  const step = Math.min(20, Math.floor(253 / Math.max(1, nodes.length - 1)));
  return found.map((priority, i) => (priority === 254 - i * step ? undefined : priority));
}
