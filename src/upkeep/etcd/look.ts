import * as z from 'zod';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { quote, succeeded, type Command } from '../../core/command.ts';
import { known, unknown, type Observed } from '../../core/observed.ts';
import { brief } from '../../core/printable.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import { etcdFiles } from '../../node/paths.ts';
import { snapshotTakenMs } from '../../node/snapshot.ts';
import { parseSections, sectionsCommand, type Sections } from '../../observe/once/sections.ts';
import { etcdEndpoint, etcdManifest, etcdPki } from '../../render/etcd-snapshot.ts';
import {
  restorePhases,
  type EtcdNodeSeen,
  type EtcdView,
  type MemberManifest,
  type MemberStatus,
  type RestoreAbout,
  type SnapshotFile,
} from './model.ts';
import { statusOf } from './status.ts';

/** What etcd is on a node of kubeadm, its snapshots, and how far a restore is; in one round trip. */
export function lookCommand(spec: ClusterSpec): Command {
  const pki = quote(etcdPki(spec));
  const { restore, restoreAbout, restored, snapshots } = etcdFiles;
  return sectionsCommand(
    'look at etcd',
    // A read to which the majority agrees comes first: a member by itself would answer the other with what it has.
    `etcd() {
    curl -sS --noproxy '*' --max-time 5 --cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key -d "$2" ${quote(etcdEndpoint(spec))}"/v3/$1"
}
snapshots() { for k8s_file in ${snapshots}/*etcd-*.db; do [ ! -f "$k8s_file" ] || stat -c '%s %n' "$k8s_file"; done; }`,
    `if [ -f ${etcdManifest} ]; then emit manifest cat ${etcdManifest}; else emit manifest cat ${restore}/manifests/etcd.yaml; fi
emit read etcd kv/range '{"key":"AA=="}'
emit status etcd maintenance/status '{}'
emit snapshots snapshots
if [ -f ${restoreAbout} ]; then
    emit about cat ${restoreAbout}
    emit phase cat ${restore}/phase
    emit restoring cat ${restore}/status
fi
emit restored cat ${restored}
`,
    intent({ kind: 'look-etcd' }),
  );
}

/** Looks at all control-plane nodes side by side. */
export async function lookAtEtcd(
  spec: ClusterSpec,
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<readonly EtcdView[]> {
  return Promise.all(
    spec.nodes.map(async ({ name }): Promise<EtcdView> => {
      const host = hosts.find((each) => each.name === name);
      return { node: name, seen: host ? await look(spec, host, signal) : unknown('nothing connects to it') };
    }),
  );
}

async function look(spec: ClusterSpec, host: Host, signal: AbortSignal | undefined): Promise<Observed<EtcdNodeSeen>> {
  const result = await host.run(lookCommand(spec), signal && { signal });
  if (!succeeded(result))
    return unknown(result.failure?.message ?? (result.stderr.trim() || `it ended with ${result.rc}`));
  const sections = parseSections(result.stdout);
  // The last section that is always there: what was cut off is not taken for what is absent.
  return sections.has('restored') ? known(parseEtcd(sections)) : unknown('it did not say all that was asked');
}

/** Reads what `lookCommand` printed. */
export function parseEtcd(sections: Sections): EtcdNodeSeen {
  const text = (name: string): string | undefined => {
    const section = sections.get(name);
    return section?.rc === 0 ? section.text.trim() : undefined;
  };
  const about = aboutOf(text('about'));
  const phase = text('phase');
  return {
    manifest: manifestOf(text('manifest') ?? ''),
    status: memberStatus(sections),
    snapshots: snapshotsOf(text('snapshots') ?? ''),
    restore: about && {
      about,
      phase: restorePhases.find((each) => each === phase) ?? 'begun',
      status: statusOf(text('restoring') ?? ''),
    },
    restored: aboutOf(text('restored')),
  };
}

/** The flags that kubeadm writes, one a line. */
function manifestOf(text: string): MemberManifest | undefined {
  const flag = (name: string): string | undefined =>
    new RegExp(String.raw`^ *- --${name}=([\w./:[\]-]{1,300})$`, 'm').exec(text)?.[1];
  const [name, dataDir, peerUrl] = [flag('name'), flag('data-dir'), flag('initial-advertise-peer-urls')];
  return name !== undefined && dataDir?.startsWith('/') === true && peerUrl?.startsWith('https://') === true
    ? { name, dataDir, peerUrl }
    : undefined;
}

const int64 = z.union([z.string().regex(/^\d{1,16}$/), z.int()]).transform(Number);
const answered = z.object({ header: z.object({ revision: int64 }) });
const member = z.object({
  header: z.object({ revision: int64, member_id: z.coerce.string() }),
  leader: z.coerce.string().default('0'),
});

function memberStatus(sections: Sections): Observed<MemberStatus> {
  const [read, status] = [sections.get('read'), sections.get('status')];
  const agreed = answered.safeParse(json(read?.text ?? ''));
  if (!agreed.success) return unknown(brief(read?.text ?? 'it was not asked'));
  const said = member.safeParse(json(status?.text ?? ''));
  if (!said.success) return unknown(brief(status?.text ?? 'it was not asked'));
  const { header, leader } = said.data;
  return known({
    memberId: header.member_id,
    revision: Math.max(agreed.data.header.revision, header.revision),
    leads: header.member_id === leader,
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const aboutForm = z.object({
  id: z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  above: z.int().min(0),
});

function aboutOf(text: string | undefined): RestoreAbout | undefined {
  return aboutForm.safeParse(json(text ?? '')).data;
}

function snapshotsOf(text: string): readonly SnapshotFile[] {
  return text
    .split('\n')
    .flatMap((line) => {
      const [, bytes = '', path = ''] = /^(\d{1,13}) (\/\S{1,200})$/.exec(line) ?? [];
      const taken = snapshotTakenMs(path);
      return taken === undefined ? [] : [{ path, bytes: Number(bytes), takenMs: taken }];
    })
    .toSorted((a, b) => b.takenMs - a.takenMs);
}
