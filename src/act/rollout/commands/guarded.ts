import { script, type Command } from '../../../core/command.ts';
import { stepIntent, type StepIntent } from '../../../node/intent.ts';
import { guardExit, lockIsOurs } from '../../../node/lock.ts';
import { paths, runDir } from '../../../node/paths.ts';

/**
 * A script that changes a node. It waits for a step that a killed run may have left behind, and does nothing unless the
 * cluster's lock is still ours.
 */
export function guarded(summary: string, token: string, step: StepIntent, body: string, timeoutMs = 60_000): Command {
  return script(
    summary,
    `set -eu
mkdir -p ${runDir}
exec 9>${runDir}/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit ${guardExit.busy}; }
[ -f ${paths.lock} ] || { echo "the node has no lock any more" >&2; exit ${guardExit.lockGone}; }
${lockIsOurs(token)} || { echo "the lock on the node is no longer ours" >&2; exit ${guardExit.lockLost}; }
touch ${paths.lock}
${body}`,
    { timeoutMs, intent: stepIntent(token, step) },
  );
}

export function staged(path: string): string {
  return `${path}.k8s-ha-new`;
}
