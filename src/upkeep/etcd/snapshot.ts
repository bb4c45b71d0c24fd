import type { ClusterSpec } from '../../cluster/spec.ts';
import { script, succeeded, type Command } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import { snapshotProgram } from '../../render/etcd-snapshot.ts';
import { lookAtEtcd } from './look.ts';
import type { EtcdView, SnapshotStatus } from './model.ts';
import { notStacked } from './refuse.ts';
import { statusOf } from './status.ts';

/** A snapshot that was taken and checked. */
export interface Snapshot {
  readonly node: string;
  /** On the node. */
  readonly path: string;
  readonly status: SnapshotStatus;
  readonly sha256: string;
}

export interface SnapshotOptions {
  readonly hosts: readonly Host[];
  /** Whose member; one that answers and does not lead when absent, because the leader has the most to do. */
  readonly node?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Takes a snapshot of etcd now. It holds every write that was acknowledged before it began. */
export async function takeSnapshot(
  spec: ClusterSpec,
  { hosts, node, signal }: SnapshotOptions,
): Promise<Result<Snapshot, readonly Finding[]>> {
  const refused = notStacked(spec);
  if (refused.length > 0) return err(refused);
  const views = await lookAtEtcd(spec, hosts, signal);
  const chosen = node ?? bestMember(views);
  const host = hosts.find(({ name }) => name === chosen);
  if (!host) return err([noMember(views)]);
  return snapshotOn(spec, host, { signal });
}

/**
 * Takes one of a node's own member, checked and on the node.
 * @param before what it is kept for, such as `v1.36.3`: it stays whatever the schedule takes away, and the one that was taken
 * for the same before it goes
 */
export async function snapshotOn(
  spec: ClusterSpec,
  host: Host,
  { before, signal }: { readonly before?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Result<Snapshot, readonly Finding[]>> {
  const ran = await host.run(snapshotCommand(spec, before), signal && { signal });
  const [path = '', text = '', sha256 = ''] = ran.stdout.split('\n');
  const status = statusOf(text);
  if (succeeded(ran) && status && /^[0-9a-f]{64}$/.test(sha256)) return ok({ node: host.name, path, status, sha256 });
  return err([
    {
      rule: 'etcd-snapshot-failed',
      severity: 'error',
      node: host.name,
      message: `no snapshot was taken: ${ran.failure?.message ?? (ran.stderr.trim() || 'the program said nothing of one')}`,
    },
  ]);
}

function snapshotCommand(spec: ClusterSpec, before: string | undefined): Command {
  const prefix = before === undefined ? '' : `before-${before}-`;
  return script('take a snapshot of etcd', snapshotProgram(spec, before === undefined ? 0 : 1, prefix), {
    timeoutMs: 15 * 60_000,
    intent: intent({ kind: 'snapshot-etcd', prefix }),
  });
}

function bestMember(views: readonly EtcdView[]): string | undefined {
  const healthy = views.flatMap(({ node, seen }) =>
    seen.known && seen.value.status.known ? [{ node, leads: seen.value.status.value.leads }] : [],
  );
  return (healthy.find(({ leads }) => !leads) ?? healthy[0])?.node;
}

function noMember(views: readonly EtcdView[]): Finding {
  const why = views.map(({ node, seen }) => {
    if (!seen.known) return `${node}: ${seen.reason}`;
    return `${node}: ${seen.value.status.known ? 'healthy' : seen.value.status.reason}`;
  });
  return {
    rule: 'etcd-no-member',
    severity: 'error',
    message: `no etcd member answers that a majority agrees with (${why.join('; ')})`,
  };
}
