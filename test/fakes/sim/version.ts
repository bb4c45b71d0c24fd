import type { VersionIntent } from '../../../src/node/intent/kubernetes.ts';
import { versionFiles } from '../../../src/node/paths.ts';
import { controlPlaneNames, programNames, type ProgramName } from '../../../src/upkeep/version/model.ts';
import { asksEndpoint } from './away.ts';
import { contentOf, write, type SimNode } from './node.ts';
import { encode, type Section } from './observation.ts';
import { refused, type Ending } from './steps.ts';

/** Kubernetes on a simulated machine, by its versions. */
export interface SimVersion {
  /** It has a control plane. */
  readonly control: boolean;
  readonly programs: Record<ProgramName, { version: string; ours: boolean; package: string | undefined }>;
  /** The version in the folder of new programs. */
  offered: string | undefined;
  imported: boolean;
  /** The kubelet that runs. */
  kubelet: string;
  kubeletBackMs: number;
  /** In the manifests of static pods. */
  manifests: string;
  /** As kubeadm keeps it in the cluster: equal on all machines. */
  cluster: string;
  apiBackMs: number;
  /** Connections to its API server, through all HAProxys. */
  sessions: number;
  cordoned: boolean;
  working: { readonly as: 'apply' | 'node'; readonly version: string; readonly beganMs: number } | undefined;
  failed: string | undefined;
  /** What kubeadm will complain of. */
  refuses: string | undefined;
  /** Pods that do not leave. */
  podsStay: boolean;
  /** What clients would have noticed. */
  noticed: readonly string[];
}

/** After so long kubeadm has replaced etcd and the API server, and has ended. */
const phases = { replacesMs: 2000, endMs: 6000 } as const;

const restartMs = 3000;

export function simKubernetes(node: SimNode, control: boolean, version: string, offered: string): void {
  const program = { version, ours: false, package: undefined };
  node.machine.version = {
    control,
    programs: { kubeadm: { ...program }, kubelet: { ...program }, kubectl: { ...program } },
    offered,
    imported: false,
    kubelet: version,
    kubeletBackMs: 0,
    manifests: version,
    cluster: version,
    apiBackMs: 0,
    sessions: control ? 5 : 0,
    cordoned: false,
    working: undefined,
    failed: undefined,
    refuses: undefined,
    podsStay: false,
    noticed: [],
  };
}

export function copyOfVersion(version: SimVersion): SimVersion {
  const { kubeadm, kubelet, kubectl } = version.programs;
  return { ...version, programs: { kubeadm: { ...kubeadm }, kubelet: { ...kubelet }, kubectl: { ...kubectl } } };
}

/** What kubeadm and the kubelets do while time passes. */
export function passVersions(nodes: readonly SimNode[], nowMs: number): void {
  for (const node of nodes) {
    const { version } = node.machine;
    if (!version) continue;
    if (!node.up) version.working = undefined;
    work(node, version, nodes, nowMs);
    node.apiReady = version.control && nowMs >= version.apiBackMs;
  }
}

function work(node: SimNode, version: SimVersion, nodes: readonly SimNode[], nowMs: number): void {
  const { working } = version;
  if (!working) return;
  const passedMs = nowMs - working.beganMs;
  if (version.control && passedMs >= phases.replacesMs && version.manifests !== working.version) {
    if (version.refuses !== undefined) {
      version.working = undefined;
      version.failed = version.refuses;
      return;
    }
    version.manifests = working.version;
    endServer(node, version, nodes, nowMs);
  }
  if (passedMs < phases.endMs) return;
  version.working = undefined;
  if (working.as === 'apply')
    for (const each of nodes) if (each.machine.version) each.machine.version.cluster = working.version;
  write(node, versionFiles.visit, `${contentOf(node, versionFiles.visit)}kubeadm\n`);
}

/** An API server ends. Whoever a HAProxy sends to it, or who is connected when kubeadm does it, notices. */
function endServer(node: SimNode, version: SimVersion, nodes: readonly SimNode[], nowMs: number): void {
  const sends = nodes.filter(
    ({ up, services, drainedServers }) => up && services.haproxy.active && !drainedServers.has(node.name),
  );
  version.noticed = [
    ...version.noticed,
    ...sends.map(({ name }) => `${name} sends clients to the API server of ${node.name}, which ends`),
  ];
  version.apiBackMs = nowMs + restartMs;
}

/** A HAProxy that checks an API server takes it for dead when it stops listening, and ends what it is finishing. */
function cutShort({ name: server }: SimNode, nodes: readonly SimNode[]): readonly string[] {
  return nodes
    .filter(({ up, services, uncheckedServers }) => up && services.haproxy.active && !uncheckedServers.has(server))
    .map(({ name }) => `${name} ends requests that the API server of ${server} is finishing`);
}

function answersFor(nodes: readonly SimNode[]): boolean {
  return nodes.some(({ up, apiReady, machine: { version } }) => up && apiReady && version?.control === true);
}

/** Does what a guarded step of an upgrade of Kubernetes does. */
export function carryOutVersion(node: SimNode, nodes: readonly SimNode[], step: VersionIntent, nowMs: number): Ending {
  const { version } = node.machine;
  if (!version) return refused('kubeadm: not found', 127);
  const visit = contentOf(node, versionFiles.visit);
  switch (step.does) {
    case 'begin':
      if (visit === '') write(node, versionFiles.visit, `${step.version} ${step.as} ${step.folder}\n`);
      break;
    case 'note':
      if (!visit.split('\n').includes(step.word)) write(node, versionFiles.visit, `${visit}${step.word}\n`);
      break;
    case 'end':
      node.files.delete(versionFiles.visit);
      break;
    case 'images':
      version.imported = true;
      break;
    case 'check':
      if (!version.imported) return refused('[ERROR CreateJob]: no image');
      break;
    case 'place':
      for (const name of programNames)
        if (step.programs.includes(name)) {
          if (version.offered !== step.version) return refused('cp: cannot stat');
          Object.assign(version.programs[name], { version: step.version, ours: true });
        }
      // The kubelet is restarted with it.
      if (step.programs.every((name) => name !== 'kubeadm')) {
        version.kubelet = version.programs.kubelet.version;
        version.kubeletBackMs = nowMs + 1500;
      }
      break;
    case 'quiet':
      if (version.sessions > 0) version.noticed = [...version.noticed, ...cutShort(node, nodes)];
      version.sessions = 0;
      endServer(node, version, nodes, nowMs);
      break;
    case 'kubeadm':
      return startKubeadm(node, version, nodes, step, nowMs);
    case 'drain':
    case 'uncordon':
      return pods(nodes, step);
    default:
  }
  return { rc: 0 };
}

function startKubeadm(
  node: SimNode,
  version: SimVersion,
  nodes: readonly SimNode[],
  step: Extract<VersionIntent, { does: 'kubeadm' }>,
  nowMs: number,
): Ending {
  if (version.working) return refused('Unit k8s-ha-kubeadm.service already exists.');
  if (version.programs.kubeadm.version !== step.version) return refused('kubeadm is too old');
  if (!answersFor(nodes)) return refused('the endpoint does not answer');
  if (step.as === 'node' && version.cluster !== step.version) return refused('the cluster is of the old version');
  if (version.control && !node.files.has(asksEndpoint))
    version.noticed = [...version.noticed, `the kubelet of ${node.name} asks an API server that ends`];
  if (version.sessions > 0) version.noticed = [...version.noticed, 'clients are connected when kubeadm begins'];
  version.failed = undefined;
  version.working = { as: step.as, version: step.version, beganMs: nowMs };
  return { rc: 0 };
}

function pods(nodes: readonly SimNode[], step: Extract<VersionIntent, { does: 'drain' | 'uncordon' }>): Ending {
  const of = nodes.find(({ name }) => name === step.node)?.machine.version;
  if (!answersFor(nodes) || !of) return refused('The connection to the server was refused');
  of.cordoned = step.does === 'drain';
  return of.podsStay && of.cordoned ? refused('Cannot evict pod as it would violate the disruption budget') : { rc: 0 };
}

function say(name: string, text: string | undefined, rc = 0): Section {
  return { name, rc: text === undefined ? 1 : rc, text: text ?? '' };
}

/** What a machine says of its versions: as the script of `lookCommand` prints it. */
export function versionSections(node: SimNode, nodes: readonly SimNode[], nowMs: number): string {
  const { version } = node.machine;
  if (!version) return encode([{ name: 'end', rc: 0, text: '' }]);
  const visit = node.files.get(versionFiles.visit)?.content.trim();
  const members = nodes.flatMap(({ name, up, machine: { version: one } }) =>
    one ? [`${name} ${one.kubelet} ${one.cordoned} ${up && nowMs >= one.kubeletBackMs ? 'True' : 'Unknown why'}`] : [],
  );
  const server = node.apiReady ? undefined : 'Connection refused';
  return encode([
    ...programNames.flatMap((name) => {
      const { version: has, ours, package: from } = version.programs[name];
      return [
        say(`path:${name}`, `/usr/local/bin/${name}`),
        say(`version:${name}`, has),
        say(`package:${name}`, from),
        say(`ours:${name}`, ours ? '' : undefined),
        say(`offered:${name}`, version.offered),
      ];
    }),
    say('archives', ''),
    say('etcd-wanted', 'registry.k8s.io/etcd:3.6.8-0'),
    say('unit', version.working ? 'active' : 'inactive'),
    say('visit', visit),
    say(
      'images',
      version.control ? controlPlaneNames.map((name) => `registry.k8s.io/${name}:${version.manifests}`).join('\n') : '',
    ),
    ...(version.control
      ? [
          say('ready', server ?? 'ok', server ? 1 : 0),
          say('server', server ?? `{"gitVersion": "${version.manifests}"}`, server ? 1 : 0),
          say('cluster', server ?? `kubernetesVersion: ${version.cluster}`, server ? 1 : 0),
          say('members', server ?? members.join('\n'), server ? 1 : 0),
        ]
      : []),
    { name: 'end', rc: 0, text: '' },
  ]);
}

/** How far kubeadm is: as the script of `progressCommand` prints it. */
export function versionProgress({ machine: { version } }: SimNode): string {
  const ended = version?.failed === undefined ? 'inactive' : 'failed';
  return encode([
    { name: 'unit', rc: 0, text: version?.working ? 'active' : ended },
    { name: 'said', rc: 0, text: version?.failed ?? '' },
  ]);
}
