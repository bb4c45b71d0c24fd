import { guarded } from '../act/rollout/commands/guarded.ts';
import type { ClusterSpec, MachineSpec } from '../cluster/spec.ts';
import { quote, type Command } from '../core/command.ts';
import { intent } from '../node/intent.ts';
import { kubeadmFiles, stateDir, units } from '../node/paths.ts';
import { sectionsCommand } from '../observe/once/sections.ts';
import { localKubectl } from './look.ts';
import type { Begun } from './model.ts';

/**
 * kubeadm goes on in a unit of systemd when the connection or the operator's machine is lost. It has a configuration with secrets
 * from a file in memory that is gone as soon as it is open. What kubeadm's own preflight refuses has changed nothing; from then on
 * to the good end a file says that half a node is ours.
 */
export function beginCommand(token: string, begun: Begun, config: string, { worker = false } = {}): Command {
  const verb = begun === 'init' ? 'init --skip-token-print --skip-certificate-key-print' : 'join';
  const work = [
    `exec 3<${kubeadmFiles.config}`,
    `rm -f ${kubeadmFiles.config}`,
    `kubeadm ${begun} phase preflight --config /dev/fd/3`,
    `echo ${begun} >${kubeadmFiles.begun}`,
    `kubeadm ${verb} --skip-phases preflight --config /dev/fd/3`,
    `rm -f ${kubeadmFiles.begun}`,
  ].join(' && ');
  return guarded(
    begun === 'init' ? 'start kubeadm init' : 'start kubeadm join',
    token,
    { kind: 'kubeadm', does: begun, worker },
    `mkdir -p ${stateDir}
${keepConfig(config)}
systemctl reset-failed ${units.kubeadm} 2>/dev/null || :
systemd-run --quiet --unit=${units.kubeadm} --description='kubeadm ${begun}, for k8s-ha' --property=Type=exec sh -c ${quote(work)}`,
  );
}

/** Writes a configuration where root alone can read it, in memory; it came on standard input. */
function keepConfig(config: string): string {
  return [
    'umask 077',
    `base64 -d >${kubeadmFiles.config} <<'K8S_HA_END'`,
    ...(Buffer.from(config)
      .toString('base64')
      .match(/.{1,100}/g) ?? []),
    'K8S_HA_END',
  ].join('\n');
}

/** Whether kubeadm is still at work, and what it said last where it failed. */
export const progressCommand: Command = sectionsCommand(
  'ask how far kubeadm is',
  '',
  `emit unit systemctl show --property=ActiveState --value ${units.kubeadm}
emit said journalctl --no-pager --quiet -o cat -n 25 -u ${units.kubeadm}
`,
  intent({ kind: 'ask-kubeadm' }),
);

/** Takes away what kubeadm made of a machine that it did not finish. An etcd member that was added leaves the others first. */
export function resetCommand(token: string): Command {
  return guarded(
    'take half a node away again',
    token,
    { kind: 'kubeadm', does: 'reset' },
    `[ -f ${kubeadmFiles.begun} ] || { echo "nothing here was begun by k8s-ha" >&2; exit 1; }
systemctl reset-failed ${units.kubeadm} 2>/dev/null || :
kubeadm reset --force
rm -f ${kubeadmFiles.begun} ${kubeadmFiles.config}`,
    180_000,
  );
}

/** The node object of a machine that was reset: kubeadm joins none whose name is taken. */
export function forgetCommand(token: string, spec: ClusterSpec, source: MachineSpec, node: string): Command {
  return guarded(
    `remove the node object of ${node}`,
    token,
    { kind: 'forget-node', node },
    `${localKubectl(spec, source)} delete node ${quote(node)} --ignore-not-found --wait=false`,
  );
}

/** How long a token is good for, from when it is made to when the machine that joins has its own credentials. */
const tokenTtl = '15m';

/**
 * Makes a token for one machine and prints it. For a control-plane node the cluster's keys are left in the cluster, encrypted with
 * a key that is in this configuration alone.
 */
export function credentialsCommand(token: string, uploadConfig: string | undefined): Command {
  const upload =
    uploadConfig === undefined
      ? ''
      : `${keepConfig(uploadConfig)}
exec 3<${kubeadmFiles.config}
rm -f ${kubeadmFiles.config}
kubeadm init phase upload-certs --upload-certs --skip-certificate-key-print --config /dev/fd/3 >/dev/null
exec 3<&-
`;
  return guarded(
    'make a token to join with',
    token,
    { kind: 'kubeadm-credentials', controlPlane: uploadConfig !== undefined },
    `${upload}kubeadm token create --ttl ${tokenTtl} --description 'k8s-ha up'`,
  );
}
