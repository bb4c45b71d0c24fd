import { guarded } from '../../../act/rollout/commands/guarded.ts';
import { quote, type Command } from '../../../core/command.ts';
import { filled } from '../../../core/shell-text.ts';
import { etcdFolder, manifestsDir } from '../../../node/paths.ts';
import { etcdPrograms } from '../../../render/etcd-snapshot.ts';
import * as programs from '../shell/programs.ts';
import type { RestoreMember, RestorePlan, RestoreStep } from './plan.ts';

/** etcd's documentation has this many for a week of 1500 writes a second that nobody could count. */
export const bumpRevisions = 1_000_000_000;

const summaries: Readonly<Record<RestoreStep, string>> = {
  begin: 'write down which snapshot is restored',
  prepare: 'check the snapshot and make a data folder of it',
  'stop-api': 'stop the API server',
  'stop-etcd': 'stop etcd',
  swap: 'put the restored data in place, and the previous aside',
  'start-etcd': 'start etcd',
  'start-api': 'start the API server',
  finish: 'tidy up after the restore',
};

/** The kubelet takes time to end what it has to end; the step gives up after 120 s. */
const timeoutMs = 10 * 60_000;

/** One step of a restore on one node. */
export function restoreCommand(token: string, plan: RestorePlan, member: RestoreMember, step: RestoreStep): Command {
  const { about, members } = plan;
  const line = JSON.stringify(about);
  return guarded(
    summaries[step],
    token,
    {
      kind: 'restore-etcd',
      does: step,
      id: about.id,
      sha256: about.sha256,
      ...(step === 'begin' && { about: line }),
    },
    filled(programs.restoreEtcd, {
      PROGRAMS: etcdPrograms(),
      FOLDER: etcdFolder,
      MANIFESTS: manifestsDir,
      DATA: quote(member.manifest.dataDir),
      ID: about.id,
      SHA256: about.sha256,
      ABOUT: quote(line),
      NAME: quote(member.manifest.name),
      MEMBERS: quote(members.map(({ manifest: { name, peerUrl } }) => `${name}=${peerUrl}`).join(',')),
      // Members of before, should one come back, are of another cluster.
      TOKEN: `k8s-ha-${about.id}`,
      PEER_URL: quote(member.manifest.peerUrl),
      BUMP: bumpRevisions,
      ABOVE: about.above,
      STEP: step,
    }),
    timeoutMs,
  );
}
