import type { ClusterSpec, MachineSpec } from '../../cluster/spec.ts';
import { quote, succeeded, type Command } from '../../core/command.ts';
import { known, unknown, type Observed } from '../../core/observed.ts';
import { brief } from '../../core/printable.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import { units, versionFiles } from '../../node/paths.ts';
import { parseSections, sectionsCommand, type Sections } from '../../observe/once/sections.ts';
import { isBusy, localKubectl } from '../../up/look.ts';
import {
  controlPlaneNames,
  programNames,
  type KnownVersion,
  type MemberVersion,
  type ProgramName,
  type ProgramSeen,
  type ServerSeen,
  type VersionSeen,
  type VersionView,
  type VisitSeen,
} from './model.ts';

const manifests = '/etc/kubernetes/manifests';

/** One line for each node: name, its kubelet's version, whether it takes pods and is ready, and why not. */
const columns = String.raw`{range .items[*]}{.metadata.name}{" "}{.status.nodeInfo.kubeletVersion}{" "}{.spec.unschedulable}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.conditions[?(@.type=="Ready")].message}{"\n"}{end}`;

const helpers = `k8s_path() {
    if [ "$1" = kubelet ]; then
        k8s_found=$(systemctl show --property=ExecStart --value kubelet 2>/dev/null | sed -n 's/^{ path=\\([^ ;]*\\).*/\\1/p')
        [ -z "$k8s_found" ] || { echo "$k8s_found"; return; }
    fi
    command -v "$1"
}
k8s_version() {
    case $1 in
    kubeadm) "$2" version -o short ;;
    kubelet) "$2" --version ;;
    *) "$2" version --client ;;
    esac
}
k8s_package() { dpkg-query -S "$1" 2>/dev/null || rpm -qf "$1" 2>/dev/null; }
k8s_ours() { k8s_sum=$(sha256sum <"$1") && grep -qxF "\${k8s_sum%% *}  $1" ${versionFiles.programs}; }
k8s_images() { sed -n 's/^ *image: *//p' ${manifests}/*.yaml; }
k8s_archives() { set -- "$1"/images/*.tar "$1"/*.tar; for k8s_one in "$@"; do [ ! -f "$k8s_one" ] || return 0; done; return 1; }`;

/** What a machine has of Kubernetes' versions, in one round trip; `folder`: where the programs of the new one are on it. */
export function lookCommand(spec: ClusterSpec, machine: MachineSpec, folder: string, version: string): Command {
  const kubectl = localKubectl(spec, machine);
  const dir = quote(folder);
  return sectionsCommand(
    "read the versions of Kubernetes' programs",
    helpers,
    `for k8s_program in ${programNames.join(' ')}; do
    k8s_at=$(k8s_path "$k8s_program") || continue
    told "path:$k8s_program" 0 "$k8s_at"
    emit "version:$k8s_program" k8s_version "$k8s_program" "$k8s_at"
    emit "package:$k8s_program" k8s_package "$k8s_at"
    emit "ours:$k8s_program" k8s_ours "$k8s_at"
done
for k8s_program in ${programNames.join(' ')}; do emit "offered:$k8s_program" k8s_version "$k8s_program" ${dir}/"$k8s_program"; done
emit archives k8s_archives ${dir}
emit etcd-wanted ${dir}/kubeadm config images list --kubernetes-version ${version}
emit unit systemctl show --property=ActiveState --value ${units.kubeadm}
emit visit cat ${versionFiles.visit}
emit images k8s_images
if [ -f /etc/kubernetes/admin.conf ]; then
    emit ready ${kubectl} get --raw /readyz
    emit server ${kubectl} get --raw /version
    emit cluster ${kubectl} --namespace kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}'
    emit members ${kubectl} get nodes -o jsonpath=${quote(columns)}
fi
told end 0 ''
`,
    intent({ kind: 'look-version', folder, version }),
  );
}

/** Looks at all machines side by side. */
export async function lookAtVersions(
  spec: ClusterSpec,
  hosts: readonly Host[],
  folder: string,
  version: string,
  signal?: AbortSignal,
): Promise<readonly VersionView[]> {
  const machines = [
    ...spec.nodes.map((machine) => ({ machine, role: 'control-plane' as const })),
    ...spec.workers.map((machine) => ({ machine, role: 'worker' as const })),
  ];
  return Promise.all(
    machines.map(async ({ machine, role }): Promise<VersionView> => {
      const host = hosts.find(({ name }) => name === machine.name);
      if (!host) return { node: machine.name, role, seen: unknown('nothing connects to it') };
      const result = await host.run(lookCommand(spec, machine, folder, version), signal ? { signal } : {});
      return { node: machine.name, role, seen: seenBy(result.stdout, succeeded(result), whyOf(result)) };
    }),
  );
}

function whyOf({ failure, stderr, rc }: Awaited<ReturnType<Host['run']>>): string {
  return failure?.message ?? (stderr.trim() || `it ended with ${rc}`);
}

function seenBy(stdout: string, good: boolean, why: string): Observed<VersionSeen> {
  if (!good) return unknown(why);
  const sections = parseSections(stdout);
  return sections.has('end') ? known(parseVersions(sections)) : unknown('it did not say all that was asked');
}

export function knownVersions(views: readonly VersionView[]): readonly KnownVersion[] {
  return views.flatMap(({ node, role, seen }) => (seen.known ? [{ node, role, seen: seen.value }] : []));
}

/** Reads what `lookCommand` printed. */
export function parseVersions(sections: Sections): VersionSeen {
  const text = (name: string): string | undefined => {
    const section = sections.get(name);
    return section?.rc === 0 ? section.text.trim() : undefined;
  };
  const program = (name: ProgramName): ProgramSeen => ({
    path: text(`path:${name}`),
    version: versionIn(text(`version:${name}`)),
    package: text(`package:${name}`)?.split(':')[0],
    ours: text(`ours:${name}`) !== undefined,
    offered: versionIn(text(`offered:${name}`)),
  });
  return {
    programs: { kubeadm: program('kubeadm'), kubelet: program('kubelet'), kubectl: program('kubectl') },
    running: isBusy(text('unit') ?? ''),
    visit: parseVisit(text('visit')),
    images: imageTags(text('images') ?? ''),
    etcdWanted: imageTags(text('etcd-wanted') ?? '').get('etcd'),
    archives: text('archives') !== undefined,
    server: serverOf(sections),
  };
}

/** `v1.36.3` in what a program says of its version. */
function versionIn(text: string | undefined): string | undefined {
  return /\bv1\.\d{1,3}\.\d{1,3}(?:-[\w.]{1,40})?/.exec(text ?? '')?.[0];
}

function parseVisit(text: string | undefined): VisitSeen | undefined {
  if (text === undefined) return undefined;
  const [first = '', ...did] = text.split('\n');
  const [version = '', does] = first.split(' ');
  return {
    version,
    does: does === 'apply' ? 'apply' : 'node',
    kubeadmDone: did.includes('kubeadm'),
    cordoned: did.includes('cordoned'),
  };
}

/** Tags by the last word of the image's name. */
function imageTags(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name, tag] = /([^/\s:]+):([\w.-]{1,100})(?:@\S+)?$/.exec(line.trim()) ?? [];
      return name === undefined || tag === undefined ? [] : [[name, tag] as const];
    }),
  );
}

function serverOf(sections: Sections): Observed<ServerSeen> {
  const asked = ['ready', 'server', 'cluster', 'members'].map((name) => sections.get(name));
  const refused = asked.find((section) => section?.rc !== 0);
  if (refused) return unknown(brief(refused.text));
  const [, server, cluster, members] = asked;
  if (!server || !cluster || !members) return unknown('it has no admin.conf');
  const version = versionIn(/"gitVersion": *"([^"]*)"/.exec(server.text)?.[1]);
  const of = versionIn(/^kubernetesVersion: *(\S+)/m.exec(cluster.text)?.[1]);
  if (version === undefined || of === undefined) return unknown('it does not say its version');
  return known({ version, cluster: of, members: membersOf(members.text) });
}

function membersOf(text: string): readonly MemberVersion[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', kubelet = '', unschedulable, status, ...why] = line.split(' ');
      return {
        name,
        kubelet,
        ready: status === 'True',
        cordoned: unschedulable === 'true',
        why: status === 'True' ? '' : brief(why.join(' ')),
      };
    });
}

/** What the API server of any machine says of all nodes; of the first that answers. */
export function serverSeen(views: readonly KnownVersion[]): ServerSeen | undefined {
  const server = views.map(({ seen }) => seen.server).find((each) => each.known);
  return server?.known === true ? server.value : undefined;
}

/** It is of this version altogether, and no visit of it is left to be finished. */
export function isDone(view: KnownVersion, version: string, server: ServerSeen | undefined): boolean {
  return view.seen.visit === undefined && !view.seen.running && whatIsNot(view, version, server) === undefined;
}

/** What of a machine is not of a version yet, or does not work; undefined where all is. */
export function whatIsNot(
  { node, role, seen }: KnownVersion,
  version: string,
  server: ServerSeen | undefined,
): string | undefined {
  const old = programNames.find((name) => seen.programs[name].version !== version);
  if (old !== undefined) return `${old} is ${seen.programs[old].version ?? 'not there'}`;
  if (role === 'control-plane') {
    const image = controlPlaneNames.find((name) => seen.images.get(name) !== version);
    if (image !== undefined) return `the manifest of ${image} has ${seen.images.get(image) ?? 'no image'}`;
    if (!seen.server.known) return `its API server does not answer: ${seen.server.reason}`;
    if (seen.server.value.version !== version) return `its API server is ${seen.server.value.version}`;
  }
  const member = server?.members.find(({ name }) => name === node);
  if (!member) return 'no API server tells of this node';
  if (member.kubelet !== version) return `its kubelet is ${member.kubelet}`;
  return member.ready ? undefined : `the node is not Ready: ${member.why}`;
}
