import { guarded } from '../../act/rollout/commands/guarded.ts';
import { quote, type Command } from '../../core/command.ts';
import { filled } from '../../core/shell-text.ts';
import { manifestsDir, renewalFile, stateDir } from '../../node/paths.ts';
import { etcdPrograms } from '../../render/etcd-snapshot.ts';
import type { RestartedPod, VisitWord } from './model.ts';
import * as programs from './shell/programs.ts';

/** Shell: the node remembers one thing more that was done. */
function note(word: VisitWord): string {
  return `mkdir -p ${stateDir}
touch ${renewalFile}
grep -qx ${word} ${renewalFile} || { { cat ${renewalFile} && echo ${word}; } >${renewalFile}.new && mv -f ${renewalFile}.new ${renewalFile}; }`;
}

export function beginCommand(token: string): Command {
  return guarded('begin the visit', token, { kind: 'renew', does: 'begin' }, note('begun'));
}

/** kubeadm gives all of its certificates and kubeconfigs a new end; what runs has the old ones until it is restarted. */
export function renewCommand(token: string): Command {
  return guarded(
    'renew the certificates (kubeadm certs renew all)',
    token,
    { kind: 'renew', does: 'certificates' },
    `kubeadm certs renew all\n${note('renewed')}`,
    180_000,
  );
}

/** @param dataDir of etcd, by which its process is known */
export function restartCommand(token: string, pod: RestartedPod, dataDir: string): Command {
  return guarded(
    `restart ${pod}`,
    token,
    { kind: 'renew', does: 'restart', pod },
    `${filled(programs.restartPod, {
      POD: pod,
      MANIFESTS: manifestsDir,
      DATA: quote(dataDir),
      PROGRAMS: etcdPrograms(),
    })}${note(pod)}`,
    300_000,
  );
}

export function endCommand(token: string): Command {
  return guarded('end the visit', token, { kind: 'renew', does: 'end' }, `rm -f ${renewalFile}`);
}
