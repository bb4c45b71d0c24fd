import { quote, type Command } from '../../../core/command.ts';
import type { FileChange, GuardAction, NodePlan } from '../../../plan/model.ts';
import { actionText, type LockOwner } from '../../../cluster/lock.ts';
import type { HistoryAbout } from '../../../observe/once/history.ts';
import type { ClusterSpec } from '../../../cluster/spec.ts';
import { runtimeOf } from '../../../render/runtimes/index.ts';
import { guarded, staged } from './guarded.ts';
import { endKept } from './keep.ts';
import { etcDir, optionalUnits, paths, runDir, stateDir } from '../../../node/paths.ts';

/** Writes the new files beside the old ones; nothing that runs looks at them yet. */
export function stageCommand(token: string, changes: readonly FileChange[]): Command {
  return guarded(
    'write the new files beside the old ones',
    token,
    {
      kind: 'stage',
      files: changes.flatMap(({ path, wanted }) =>
        wanted ? [{ path, mode: wanted.mode, content: wanted.content }] : [],
      ),
    },
    [
      'umask 077',
      // Before any track_file is named: keepalived silently drops a tracker whose folder is missing.
      `mkdir -p -m 0755 ${etcDir} ${stateDir}`,
      `chmod 0755 ${etcDir}`,
      ...changes.flatMap(({ path, wanted }) => (wanted ? writeFile(staged(path), wanted.mode, wanted.content) : [])),
    ].join('\n'),
  );
}

/** The node's own haproxy and keepalived judge the new files before they are put in place. */
export function validateCommand(
  spec: ClusterSpec,
  token: string,
  changes: readonly FileChange[],
  guard: GuardAction = 'none',
): Command {
  const candidate = (path: string): string =>
    changes.some((change) => change.path === path && change.wanted) ? staged(path) : path;
  const runtime = runtimeOf(spec);
  const scripts = [
    paths.checkScript,
    paths.saveStateScript,
    ...changes.flatMap(({ path, wanted }) => (wanted?.part === 'script' || wanted?.part === 'firewall' ? [path] : [])),
  ];
  const key = candidate(paths.hmacKey);
  const keyInPlace = key === paths.hmacKey ? '' : `; s#file:${paths.hmacKey}#file:${key}#`;
  return guarded(
    'let the node check the new files',
    token,
    { kind: 'validate', candidates: changes.flatMap(({ path, wanted }) => (wanted ? [path] : [])) },
    `umask 077
[ -f ${paths.serverState} ] || echo 1 >${paths.serverState}
for script in ${scripts.map(candidate).join(' ')}; do sh -n $script; done
${runtime.shell(spec)}
run_haproxy -c -f ${candidate(paths.haproxyConfig)}
${changes.some(({ path, wanted }) => path === paths.keepScript && wanted) ? `sh ${candidate(paths.keepScript)} can\n` : ''}${guard === 'load' ? `nft -c -f ${candidate(paths.guard)}\n` : ''}# keepalived also looks for the scripts, which may not be in their place yet.
sed 's#"${paths.checkScript}"#"${candidate(paths.checkScript)}"#; s#"${paths.supportScript} #"${candidate(paths.supportScript)} #; s#"${paths.tellScript} #"${candidate(paths.tellScript)} #${keyInPlace}' ${candidate(paths.keepalivedConfig)} >${runDir}/validate.conf
rc=0; run_keepalived -t -f ${runDir}/validate.conf || rc=$?
rm -f ${runDir}/validate.conf
exit $rc`,
  );
}

/** Takes the new files away again. */
export function unstageCommand(token: string): Command {
  return guarded(
    'take the new files away again',
    token,
    { kind: 'unstage' },
    `rm -f ${staged(`${etcDir}/*`)} ${staged(paths.haproxyUnit)} ${staged(paths.keepalivedUnit)} ${optionalUnits.map(staged).join(' ')}`,
  );
}

/** How many file sets a node keeps for a rollback. */
const historyLength = 10;

/**
 * Keeps all present files and who replaces them, for a rollback, then moves the new ones into place, each in one step. What
 * is kept is complete once its `about` is there.
 */
export function placeCommand(owner: LockOwner, plan: NodePlan, stamp: string): Command {
  const writes = plan.changes.filter(({ wanted }) => wanted);
  const deletes = plan.changes.filter(({ wanted, before }) => !wanted && before);
  const entry = `${paths.history}/${stamp}`;
  const about: HistoryAbout = {
    owner: owner.owner,
    machine: owner.machine,
    action: actionText(owner.action),
    changed: plan.changes.map(({ path }) => path),
  };
  return guarded(
    'put the new files in place',
    owner.token,
    {
      kind: 'place',
      stamp,
      about: JSON.stringify(about),
      writes: writes.map(({ path }) => path),
      deletes: deletes.map(({ path }) => path),
    },
    [
      `mkdir -p ${entry}`,
      `keep() {
    for file in ${etcDir}/* ${paths.haproxyUnit} ${paths.keepalivedUnit} ${optionalUnits.join(' ')}; do
        case $file in *.k8s-ha-new) continue ;; esac
        [ -f "$file" ] || continue
        mkdir -p "${entry}\${file%/*}" && cp -p "$file" "${entry}$file" || return
    done
    printf '%s\\n' ${quote(JSON.stringify(about))} >${entry}/about
}
keep 2>/dev/null || echo "the previous files could not be kept for a rollback" >&2`,
      `ls -1d ${paths.history}/*/ | sort -r | tail -n +${historyLength + 1} | while read -r old; do rm -rf "$old"; done`,
      ...(writes.length === 0 ? [] : [`sync ${writes.map(({ path }) => quote(staged(path))).join(' ')}`]),
      ...writes.map(({ path }) => `mv -f ${quote(staged(path))} ${quote(path)}`),
      ...(deletes.some(({ path }) => path === paths.keepScript) ? [endKept] : []),
      ...deletes.map(({ path }) => `rm -f ${quote(path)}`),
    ].join('\n'),
  );
}

/** Shell: writes one file, and says who may read it. */
export function writeFile(path: string, mode: number, content: string): readonly string[] {
  return [
    `base64 -d >${quote(path)} <<'K8S_HA_END'`,
    ...(Buffer.from(content)
      .toString('base64')
      .match(/.{1,100}/g) ?? []),
    'K8S_HA_END',
    `chown root:root ${quote(path)}`,
    `chmod ${mode.toString(8)} ${quote(path)}`,
  ];
}
