import { formatMs } from '../core/duration.ts';
import type { RestorePlan, RestoreStep } from '../upkeep/etcd/restore/plan.ts';
import type { RestoreMeasured } from '../upkeep/etcd/restore/restore.ts';

const sentences: Readonly<Record<RestoreStep, string>> = {
  begin: 'write down which snapshot is restored',
  prepare: 'copy the snapshot there, check it, and make a data folder of it beside the one in use',
  'stop-api': 'stop API server, controller manager and scheduler: from here on there is no API',
  'stop-etcd': 'stop etcd',
  swap: 'put the restored data in place; the previous stays beside it as member.before-ID',
  'start-etcd': 'start etcd, as members of a new cluster',
  'start-api': 'start the API server, controller manager and scheduler',
  finish: 'restart the kubelet, and tidy up',
};

/** A restore for people: every step, and where. Ends with a newline. */
export function restoreText({ cluster, about, steps, resumes }: RestorePlan): string {
  const head = `${cluster}: restore ${about.id}${resumes ? ', which an earlier run began' : ''}. Each step is done on all these nodes before the next begins:`;
  const lines = steps.map(
    ({ step, nodes }, i) => `  ${String(i + 1).padStart(2)}. ${nodes.join(', ')}: ${sentences[step]}`,
  );
  return `${[head, '', ...lines, '', 'Every write since the snapshot is lost.'].join('\n')}\n`;
}

/** What a restore has cost, for people; empty where nothing was measured. */
export function restoredText({ status, lostMs, lostRevisions, outageMs }: RestoreMeasured): string {
  return [
    ...(status
      ? [`  restored: revision ${status.revision}, ${status.keys} keys (hash ${status.hash.toString(16)})`]
      : []),
    ...(lostMs === undefined && lostRevisions === undefined
      ? []
      : [
          `  lost (RPO): ${[
            ...(lostMs === undefined ? [] : [`what was written in the last ${formatMs(lostMs)}`]),
            ...(lostRevisions === undefined ? [] : [`${lostRevisions} revisions`]),
          ].join(', ')}`,
        ]),
    ...(outageMs === undefined ? [] : [`  without an API (RTO): ${formatMs(outageMs)}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
