import type { KubeadmIntent } from '../../../src/node/intent/kubernetes.ts';
import { kubeadmFiles, runDir, stateDir, versionFiles } from '../../../src/node/paths.ts';
import { hasMajority, joinEtcd, memberFile } from './etcd.ts';
import { contentOf, write, type SimNode } from './node.ts';
import { encode, type Section } from './observation.ts';
import { refused, type Ending } from './steps.ts';

/** Certificates of two authorities: of the cluster that is made, and of somebody else's. */
export const simCa = {
  ours: `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUduBVTF2MAzbiKJMKDt8c2kGb4WowCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjkwNTE5MjBaGA8yMTI2MTEw
NTA1MTkyMFowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABF+2gMTCc9NzYDMTy0g45xIY6WAPGJEYokW2Zl3w3SYIPN/gglqz
eQwM1rjIxmoBXBJs7zF0bG3gaTHGpluGRGGjUzBRMB0GA1UdDgQWBBTRxYCvjV3H
Whvt+aiwumaOTgI8VjAfBgNVHSMEGDAWgBTRxYCvjV3HWhvt+aiwumaOTgI8VjAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCQklCDKzReqJmR4elT
XWldHFTap340+g9iER/LfomkbgIgXikVaUTZXJGoShxUKShWt7aI9Ng6iXnM9JSi
wEmccIU=
-----END CERTIFICATE-----
`,
  theirs: `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUBiTLcj5Lg+U5NMHTIZdwZ6XoAdcwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjkwNTE5MjBaGA8yMTI2MTEw
NTA1MTkyMFowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABG10+QJdhhWMDKyD5ER/utFovQIFsVT2qpV+KMs0WI3Z1MwRmgI7
452zJT3/e1fVpiw8WrwVPn0btzf70rKF58KjUzBRMB0GA1UdDgQWBBQUs0eN+5VN
TCBL3Z3S2xAh5VNlHDAfBgNVHSMEGDAWgBQUs0eN+5VNTCBL3Z3S2xAh5VNlHDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIBXfZSePQh3PrCwnewp2
6Yd3Fu3av95sm3AM16o4C2xuAiEA0J2H56gMl5wlx2Jd6TbEr9vT0NPudlkp+SBL
rp2QMvA=
-----END CERTIFICATE-----
`,
} as const;

/** What kubeadm and its cluster are on a machine. */
export interface SimKubeadm {
  /** kubeadm at work in its unit. */
  working: { readonly does: 'init' | 'join'; readonly worker: boolean; readonly beganMs: number } | undefined;
  /** systemd remembers that the unit failed, with what kubeadm said. */
  failed: string | undefined;
  /** Its part in etcd, which outlives what is on the machine. */
  etcdMember: boolean;
  /** Its node object, which outlives what is on the machine. */
  object: boolean;
  /** Its node has no control plane. */
  worker: boolean;
  /** It was made by `up`, as a label of its node object says. */
  ours: boolean;
  /** Its pods were moved away. */
  drained: boolean;
  /** When what it made to join with is no longer good: a token, and the cluster's keys. */
  tokenUntilMs: number;
  keysUntilMs: number;
  /** A program of its own that kubeadm's preflight refuses. */
  refuses: string | undefined;
}

const files = {
  ca: '/etc/kubernetes/pki/ca.crt',
  admin: '/etc/kubernetes/admin.conf',
  kubelet: '/etc/kubernetes/kubelet.conf',
  manifest: '/etc/kubernetes/manifests/kube-apiserver.yaml',
  etcd: '/etc/kubernetes/manifests/etcd.yaml',
} as const;

/** After so long kubeadm has passed its preflight, has written most files, and has ended. */
const phases = { preflightMs: 800, filesMs: 2500, endMs: 6000 } as const;

const tokenMs = 15 * 60_000;

/** A machine with kubeadm and without Kubernetes. */
export function simMachineForKubeadm(node: SimNode): void {
  node.machine.kubeadm = {
    working: undefined,
    failed: undefined,
    etcdMember: false,
    object: false,
    worker: false,
    ours: false,
    drained: false,
    tokenUntilMs: 0,
    keysUntilMs: 0,
    refuses: undefined,
  };
  node.files.delete(files.ca);
  node.apiReady = false;
}

/** What kubeadm and the kubelets do while time passes. */
export function passKubeadm(nodes: readonly SimNode[], nowMs: number): void {
  for (const node of nodes) work(node, nodes, nowMs);
  for (const node of nodes) if (node.machine.kubeadm) node.apiReady = answers(node, nodes);
}

/** Its API server answers: it is there, and a majority of etcd's members is. */
function answers(node: SimNode, nodes: readonly SimNode[]): boolean {
  return node.machine.kubeadm?.etcdMember === true && node.files.has(files.manifest) && hasMajority(node, nodes);
}

function work(node: SimNode, nodes: readonly SimNode[], nowMs: number): void {
  const { kubeadm } = node.machine;
  if (!kubeadm?.working) return;
  if (!node.up) {
    kubeadm.working = undefined;
    return;
  }
  const { does, worker, beganMs } = kubeadm.working;
  const passedMs = nowMs - beganMs;
  if (passedMs >= phases.preflightMs && !node.files.has(kubeadmFiles.begun)) {
    const refusal = kubeadm.refuses ?? obstacle(node, nodes, does, worker, nowMs);
    if (refusal !== undefined) {
      kubeadm.working = undefined;
      kubeadm.failed = refusal;
      return;
    }
    write(node, kubeadmFiles.begun, `${does}\n`);
  }
  if (passedMs >= phases.filesMs && !node.files.has(files.kubelet)) {
    const endpoint = 'server: https://172.16.100.100:7443';
    write(node, files.ca, simCa.ours);
    write(node, files.kubelet, endpoint);
    kubeadm.object = true;
    kubeadm.worker = worker;
    kubeadm.ours = true;
    kubeadm.drained = false;
    if (!worker) {
      write(node, files.admin, endpoint, 0o600);
      write(node, files.manifest, 'kind: Pod');
      joinEtcd(node, nodes);
      kubeadm.etcdMember = true;
    }
  }
  if (passedMs < phases.endMs) return;
  kubeadm.working = undefined;
  node.files.delete(kubeadmFiles.begun);
}

/** Why kubeadm would not do it. */
function obstacle(
  node: SimNode,
  nodes: readonly SimNode[],
  does: 'init' | 'join',
  worker: boolean,
  nowMs: number,
): string | undefined {
  if (node.files.has(files.kubelet) || node.files.has(files.manifest)) return 'files of Kubernetes are there already';
  if (does === 'init') return undefined;
  if (!nodes.some(({ up, vips }) => up && vips.size > 0)) return 'the endpoint does not answer';
  if (!nodes.some((each) => answers(each, nodes))) return 'no API server answers';
  if (node.machine.kubeadm?.object === true) return `a node of the name ${node.name} already exists in the cluster`;
  const good = (until: 'tokenUntilMs' | 'keysUntilMs'): boolean =>
    nodes.some(({ machine: { kubeadm } }) => kubeadm !== undefined && kubeadm[until] > nowMs);
  if (!good('tokenUntilMs')) return 'the token is not good';
  return worker || good('keysUntilMs') ? undefined : 'the keys of the cluster are not there';
}

/** Does what a guarded step of `up` does. */
export function carryOutKubeadm(node: SimNode, nodes: readonly SimNode[], step: KubeadmIntent, nowMs: number): Ending {
  const { kubeadm } = node.machine;
  if (!kubeadm) return refused('kubeadm: not found', 127);
  if (step.kind === 'kubeadm-credentials') {
    if (!answers(node, nodes)) return refused('The connection to the server was refused');
    kubeadm.tokenUntilMs = nowMs + tokenMs;
    if (step.controlPlane) kubeadm.keysUntilMs = nowMs + tokenMs;
    return { rc: 0, stdout: 'abcdef.0123456789abcdef\n' };
  }
  if (step.kind === 'forget-node') {
    if (!answers(node, nodes)) return refused('The connection to the server was refused');
    const gone = nodes.find(({ name }) => name === step.node)?.machine.kubeadm;
    if (gone) gone.object = false;
    return { rc: 0 };
  }
  if (step.kind !== 'kubeadm') return takeOut(node, nodes, step);
  if (step.does === 'reset' || step.does === 'take-down') {
    if (step.does === 'reset' && !node.files.has(kubeadmFiles.begun))
      return refused('nothing here was begun by k8s-ha');
    for (const path of [...Object.values(files), memberFile, kubeadmFiles.begun]) node.files.delete(path);
    if (step.does === 'reset' || nodes.some((each) => answers(each, nodes))) kubeadm.etcdMember = false;
    kubeadm.failed = undefined;
    if (step.does === 'take-down' && step.farewell)
      for (const path of node.files.keys())
        if (path.startsWith(`${stateDir}/`) || path.startsWith(`${runDir}/`)) node.files.delete(path);
    return { rc: 0 };
  }
  if (kubeadm.working) return refused('Unit k8s-ha-kubeadm.service already exists.');
  kubeadm.failed = undefined;
  kubeadm.working = { does: step.does, worker: step.worker, beganMs: nowMs };
  return { rc: 0 };
}

/** As the script that asks for a lease prints it. */
export function leaseOf(nodes: readonly SimNode[], name: string, nowMs: number): string {
  const node = nodes.find((each) => each.name === name);
  const alive = node !== undefined && node.up && reachesApi(node, nodes);
  return `${alive ? 'True' : 'Unknown'} ${alive ? nowMs : 'long ago'}\n`;
}

/** Its kubelet gets an answer from where it looks for the API. */
function reachesApi(node: SimNode, nodes: readonly SimNode[]): boolean {
  if (!nodes.some((each) => answers(each, nodes))) return false;
  if (contentOf(node, files.kubelet).includes('https://127.0.0.1:')) return node.services.haproxy.active;
  return nodes.some(({ up, vips }) => up && vips.size > 0);
}

type TakeOut = Exclude<KubeadmIntent, { kind: 'kubeadm' | 'kubeadm-credentials' | 'forget-node' }>;

/** What is done before a node that leaves is reset. */
function takeOut(node: SimNode, nodes: readonly SimNode[], step: TakeOut): Ending {
  if (step.kind === 'point-kubelet') {
    if (!node.files.has(files.kubelet)) return refused('sed: can’t read /etc/kubernetes/kubelet.conf');
    write(node, files.kubelet, `server: ${step.server}`);
    return { rc: 0 };
  }
  if (step.kind === 'end-api-server') {
    node.files.delete(files.manifest);
    return { rc: 0 };
  }
  const leaver = nodes.find(({ name }) => name === step.node);
  const kubeadm = leaver?.machine.kubeadm;
  if (!leaver || !kubeadm) return refused(`nodes "${step.node}" not found`);
  if (!answers(node, nodes)) return refused('The connection to the server was refused');
  if (step.kind === 'drain-node') {
    kubeadm.drained = true;
    return { rc: 0 };
  }
  const others = nodes.filter((each) => each !== leaver && each.machine.kubeadm?.etcdMember === true);
  const alive = others.filter((each) => each.up && each.files.has(files.etcd));
  // etcd's strict-reconfig-check.
  if (alive.length * 2 <= others.length)
    return refused('etcdserver: re-configuration failed due to not enough started members');
  kubeadm.etcdMember = false;
  return { rc: 0 };
}

/** What a machine says of kubeadm: as the script of `lookCommand` prints it. */
export function kubeadmSections(node: SimNode, nodes: readonly SimNode[]): string {
  const there = node.machine.kubeadm !== undefined;
  const file = (name: string, path: string): Section => ({
    name,
    rc: node.files.has(path) ? 0 : 1,
    text: contentOf(node, path).trim(),
  });
  const members = nodes
    .filter(({ machine: { kubeadm } }) => kubeadm?.object === true)
    .map(({ name, address, up, machine: { kubeadm } }) => {
      const labels = {
        ...(kubeadm?.ours === true && { 'k8s-ha/cluster': 'prod' }),
        ...(kubeadm?.worker === false && { 'node-role.kubernetes.io/control-plane': '' }),
      };
      const addresses = [{ type: 'InternalIP', address }];
      return `${[name, up ? 'True' : 'Unknown', JSON.stringify(labels), JSON.stringify(addresses), ''].join('\t')}\n`;
    });
  const etcd = nodes
    .filter(({ machine: { kubeadm } }) => kubeadm?.etcdMember === true)
    .map(({ name }, i) => ({ ID: String(i + 1), name }));
  return encode([
    ...['kubeadm', 'kubelet', 'kubectl'].map((program): Section => ({
      name: `program:${program}`,
      rc: there ? 0 : 1,
      text: '',
    })),
    { name: 'version', rc: there ? 0 : 127, text: there ? 'v1.36.3' : '' },
    { name: 'runtime', rc: there ? 0 : 1, text: '' },
    { name: 'unit', rc: 0, text: unitState(node) },
    file('begun', kubeadmFiles.begun),
    {
      name: 'unfinished',
      rc: 0,
      text: [kubeadmFiles.begun, versionFiles.visit]
        .filter((path) => node.files.has(path))
        .map((path) => `${path} ${contentOf(node, path).split('\n', 1)[0]}`)
        .join('\n'),
    },
    {
      name: 'endpoint',
      rc: node.files.has(files.kubelet) ? 0 : 2,
      text: contentOf(node, files.kubelet).replace('server: ', ''),
    },
    file('kubelet', files.kubelet),
    file('ca', files.ca),
    file('manifest', files.manifest),
    {
      name: 'ours',
      rc: node.machine.kubeadm?.ours === true && node.files.has(files.kubelet) ? 0 : 1,
      text: '',
    },
    ...(node.files.has(files.admin) && answers(node, nodes)
      ? [{ name: 'etcd', rc: 0, text: JSON.stringify({ members: etcd }) }]
      : []),
    ...(node.files.has(files.admin)
      ? [
          answers(node, nodes)
            ? { name: 'members', rc: 0, text: members.join('') }
            : { name: 'members', rc: 1, text: 'refused' },
        ]
      : []),
  ]);
}

/** How far kubeadm is: as the script of `progressCommand` prints it. */
export function progressSections(node: SimNode): string {
  return encode([
    { name: 'unit', rc: 0, text: unitState(node) },
    { name: 'said', rc: 0, text: node.machine.kubeadm?.failed ?? '' },
  ]);
}

function unitState({ machine: { kubeadm } }: SimNode): string {
  if (kubeadm?.working) return 'active';
  return kubeadm?.failed === undefined ? 'inactive' : 'failed';
}
