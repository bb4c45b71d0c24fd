import { guarded } from '../act/rollout/commands/guarded.ts';
import { attempt, type Rollout } from '../act/rollout/step.ts';
import { etcdLoopback, type ClusterSpec } from '../cluster/spec.ts';
import { quote, type Command } from '../core/command.ts';
import { etcdPki } from '../render/etcd-snapshot.ts';
import { lookAtEtcd } from './etcd/look.ts';
import type { MemberStatus } from './etcd/model.ts';

/**
 * Another etcd member leads before that of this node is restarted: no request waits for an election. Where none can take over,
 * or this one is not kubeadm's, one is elected: a second or two longer, and no reason to stop.
 */
export async function letAnotherLead(rollout: Rollout, node: string): Promise<void> {
  const { spec, owner } = rollout;
  const views = await lookAtEtcd(
    spec,
    spec.nodes.map(({ name }) => rollout.hostOf(name)),
    rollout.signal,
  );
  const members = views.flatMap(({ node: name, seen }): readonly (MemberStatus & { readonly name: string })[] =>
    seen.known && seen.value.status.known ? [{ name, ...seen.value.status.value }] : [],
  );
  const leads = members.some((member) => member.name === node && member.leads);
  const next = members.find((member) => member.name !== node);
  if (leads && next) await attempt(rollout, node, moveLeaderCommand(owner.token, spec, next.memberId));
}

function moveLeaderCommand(token: string, spec: ClusterSpec, memberId: string): Command {
  const pki = quote(etcdPki(spec));
  const url = `https://${etcdLoopback(spec)}:${spec.etcd.clientPort}/v3/maintenance/transfer-leadership`;
  return guarded(
    'let another etcd member lead',
    token,
    { kind: 'away', does: 'move-leader' },
    `curl -fsS --noproxy '*' --max-time 10 --cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key -d ${quote(JSON.stringify({ targetID: memberId }))} ${quote(url)} >/dev/null`,
  );
}
