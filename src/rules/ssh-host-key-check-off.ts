import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';
import { sshOptions, type SshOption } from './ssh-options.ts';

export const sshHostKeyCheckOff = rule({
  id: 'ssh-host-key-check-off',
  severity: 'warning',
  title: 'Host keys are not checked',
  why: "apply writes files as root. Without host keys, whoever answers at a node's address receives the configuration and is believed about the state of the cluster.",
  bad: example({ more: 'ssh:\n  options: { StrictHostKeyChecking: no }' }),
  good: example({ more: 'ssh:\n  options: { StrictHostKeyChecking: accept-new }' }),
  check: (spec) =>
    sshOptions(spec)
      .filter(switchesOff)
      .map(({ name, value, path }) => ({
        message: `the ssh option ${name}=${value} switches the check of host keys off`,
        reason: "Whoever answers at a node's address would be taken for the node.",
        suggestion:
          'Remove it and add the nodes to known_hosts (ssh-keyscan), or use StrictHostKeyChecking: accept-new.',
        path,
      })),
});

function switchesOff({ name, value }: SshOption): boolean {
  return (
    (name.toLowerCase() === 'stricthostkeychecking' && /^(no|off)$/i.test(value)) ||
    (/^(user|global)knownhostsfile$/i.test(name) && value === '/dev/null')
  );
}
