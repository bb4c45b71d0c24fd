import { createHash } from 'node:crypto';
import * as z from 'zod';
import { etcdLoopback, type ClusterSpec, type MachineSpec } from '../cluster/spec.ts';
import { certificateOf } from '../core/certificate.ts';
import { quote, succeeded, type Command } from '../core/command.ts';
import { hostPort } from '../core/ip.ts';
import { known, unknown, type Observed } from '../core/observed.ts';
import { brief } from '../core/printable.ts';
import { readOnce } from '../core/read-once.ts';
import type { Host } from '../host/host.ts';
import { intent } from '../node/intent.ts';
import { kubeadmFiles, runDir, units } from '../node/paths.ts';
import { etcdMembers } from '../observe/once/kubernetes/answers.ts';
import { unfinishedHelper, unfinishedIn } from '../observe/once/kubernetes/unfinished.ts';
import { parseSections, sectionsCommand, type Sections } from '../observe/once/sections.ts';
import { madeLabel } from '../render/kubeadm.ts';
import type { Begun, EtcdPart, MachineSeen, MachineView, MemberSeen, Role } from './model.ts';

/** What kubeadm and we need on every machine; Kubernetes' packages and instructions install all three. */
export const neededPrograms = ['kubeadm', 'kubelet', 'kubectl'] as const;

/** Where the container runtimes listen that kubeadm finds by itself. */
const runtimeSockets = ['/run/containerd/containerd.sock', '/run/crio/crio.sock', '/run/cri-dockerd.sock'];

const etcKubernetes = '/etc/kubernetes';

/** One line for each node, with tabs between: name, whether it is ready, labels, addresses, and why it is not ready. */
const memberColumns = String.raw`{range .items[*]}{.metadata.name}{"\t"}{.status.conditions[?(@.type=="Ready")].status}{"\t"}{.metadata.labels}{"\t"}{.status.addresses}{"\t"}{.status.conditions[?(@.type=="Ready")].message}{"\n"}{end}`;

/** Where kubeadm keeps the arguments of a machine's kubelet. */
const kubeletArguments = '/var/lib/kubelet/kubeadm-flags.env';

/** kubectl as the administrator, asking a machine's own API server; nothing is left in anybody's home. */
export function localKubectl(spec: ClusterSpec, { address }: Pick<MachineSpec, 'address'>): string {
  return `kubectl --kubeconfig ${etcKubernetes}/admin.conf --server https://${hostPort(address, spec.apiServer.port)} --tls-server-name kubernetes --cache-dir ${runDir}/kubectl --request-timeout 5s`;
}

/** Shell that asks a node's own etcd, as kubeadm makes it; prints JSON. */
export function localEtcd(spec: ClusterSpec, call: string, request: object): string {
  return `curl -sS --fail --noproxy '*' --max-time 5 --cacert ${etcdPki}/ca.crt --cert ${etcdPki}/healthcheck-client.crt --key ${etcdPki}/healthcheck-client.key -d ${quote(JSON.stringify(request))} https://${etcdLoopback(spec)}:${spec.etcd.clientPort}/v3/cluster/member/${call}`;
}

const etcdPki = `${etcKubernetes}/pki/etcd`;

/** What kubeadm made of a machine, in one round trip. Where there is an API server, it is asked for all nodes. */
export function lookCommand(spec: ClusterSpec, machine: Pick<MachineSpec, 'address'>): Command {
  return sectionsCommand(
    'read what kubeadm made of it',
    `runtime() { for k8s_socket in ${runtimeSockets.join(' ')}; do [ -S "$k8s_socket" ] && return 0; done; return 1; }
endpoint() { sed -n 's/^ *server: *//p' "$1"; }
${unfinishedHelper}`,
    `for k8s_program in ${neededPrograms.join(' ')}; do emit "program:$k8s_program" command -v "$k8s_program"; done
emit version kubeadm version -o short
emit runtime runtime
emit unit systemctl show --property=ActiveState --value ${units.kubeadm}
emit begun cat ${kubeadmFiles.begun}
emit unfinished unfinished
if [ -f ${etcKubernetes}/admin.conf ]; then emit endpoint endpoint ${etcKubernetes}/admin.conf; else emit endpoint endpoint ${etcKubernetes}/kubelet.conf; fi
emit kubelet test -f ${etcKubernetes}/kubelet.conf
emit ca cat ${etcKubernetes}/pki/ca.crt
emit manifest test -f ${etcKubernetes}/manifests/kube-apiserver.yaml
emit ours grep -qF ${quote(`${madeLabel}=`)} ${kubeletArguments}
[ ! -f ${etcdPki}/healthcheck-client.key ] || emit etcd ${localEtcd(spec, 'list', {})}
[ ! -f ${etcKubernetes}/admin.conf ] || emit members ${localKubectl(spec, machine)} get nodes -o jsonpath=${quote(memberColumns)}
`,
    intent({ kind: 'look-kubeadm' }),
  );
}

/** Looks at all machines side by side. */
export async function lookAtMachines(
  spec: ClusterSpec,
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<readonly MachineView[]> {
  const machines = [
    ...spec.nodes.map((machine) => ({ machine, role: 'control-plane' as const })),
    ...spec.workers.map((machine) => ({ machine, role: 'worker' as const })),
  ];
  return Promise.all(
    machines.map(async ({ machine, role }): Promise<MachineView> => {
      const host = hosts.find(({ name }) => name === machine.name);
      if (!host) return { node: machine.name, role, seen: unknown('nothing connects to it') };
      return { node: machine.name, role, seen: await look(spec, machine, role, host, signal) };
    }),
  );
}

export async function look(
  spec: ClusterSpec,
  machine: Pick<MachineSpec, 'address'>,
  role: Role,
  host: Host,
  signal?: AbortSignal,
): Promise<Observed<MachineSeen>> {
  const result = await host.run(lookCommand(spec, machine), signal ? { signal } : {});
  if (!succeeded(result))
    return unknown(result.failure?.message ?? (result.stderr.trim() || `it ended with ${result.rc}`));
  const sections = parseSections(result.stdout);
  // The last section that is always there: what was cut off is not taken for what is absent.
  return sections.has('ours') ? known(parseMachine(sections, role)) : unknown('it did not say all that was asked');
}

const busy = new Set(['active', 'activating', 'deactivating', 'reloading']);

/** Whether systemd's ActiveState means that kubeadm is at work. */
export function isBusy(state: string): boolean {
  return busy.has(state.trim());
}

/** Reads what `lookCommand` printed. */
export function parseMachine(sections: Sections, role: Role): MachineSeen {
  const text = (name: string): string | undefined => {
    const section = sections.get(name);
    return section?.rc === 0 ? section.text.trim() : undefined;
  };
  const has = (name: string): boolean => sections.get(name)?.rc === 0;
  const [endpoint, ca] = [text('endpoint'), text('ca')];
  const caHash = ca === undefined ? undefined : keyHash(ca);
  return {
    missing: neededPrograms.filter((program) => !has(`program:${program}`)),
    version: /^v1\.\d{1,3}\.\d{1,3}(?:-[\w.]{1,40})?$/.exec(text('version') ?? '')?.[0],
    runtime: has('runtime'),
    running: isBusy(text('unit') ?? ''),
    begun: begunOf(text('begun')),
    unfinished: unfinishedIn(text('unfinished') ?? ''),
    joined: has('kubelet') && caHash !== undefined ? { endpoint: brief(endpoint ?? ''), caHash } : undefined,
    controlPlane: role === 'control-plane' && has('manifest'),
    members: membersOf(sections),
    etcd: etcdOf(sections),
    ours: has('ours'),
  };
}

function begunOf(text: string | undefined): Begun | undefined {
  if (text === undefined) return undefined;
  // Whatever it says: it is there, so half a node is too.
  return text === 'init' ? 'init' : 'join';
}

function membersOf(sections: Sections): Observed<readonly MemberSeen[]> {
  const section = sections.get('members');
  if (!section) return unknown('it has no admin.conf');
  return section.rc === 0 ? known(membersIn(section.text)) : unknown(brief(section.text));
}

/** Every machine tells of all of them, and mostly the same as before. */
const membersIn = readOnce((lines) =>
  lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(memberOf),
);

function memberOf(line: string): MemberSeen {
  const [name = '', status = '', labels = '', addresses = '', ...why] = line.split('\t');
  const has = labelsSeen.parse(json(labels));
  return {
    name,
    ready: status === 'True',
    why: status === 'True' ? '' : brief(why.join(' ')),
    role: Object.hasOwn(has, controlPlaneLabel) ? 'control-plane' : 'worker',
    address: addressesSeen.parse(json(addresses)).find(({ type }) => type === 'InternalIP')?.address,
    ours: Object.hasOwn(has, madeLabel),
  };
}

const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';

const labelsSeen = z.record(z.string(), z.string()).catch({});

const addressesSeen = z.array(z.object({ type: z.string(), address: z.string() })).catch([]);

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function etcdOf(sections: Sections): Observed<readonly EtcdPart[]> {
  const section = sections.get('etcd');
  if (!section) return unknown('it has no etcd');
  if (section.rc !== 0) return unknown(brief(section.text));
  const read = etcdMembers.safeParse(json(section.text));
  if (!read.success) return unknown('its etcd did not say which members there are');
  return known(read.data.map(({ id, name, learner }) => ({ id, name, learner })));
}

/** The hash by which kubeadm pins a CA: SHA-256 of its public key's SubjectPublicKeyInfo (RFC 7469). */
export function keyHash(pem: string): string | undefined {
  return hashOfKey(pem);
}

const hashOfKey = readOnce((pem): string | undefined => {
  try {
    const key = certificateOf(pem)?.publicKey.export({ type: 'spki', format: 'der' });
    return key && `sha256:${createHash('sha256').update(key).digest('hex')}`;
  } catch {
    return undefined; // its key is of a kind that OpenSSL does not know
  }
});
