import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';
import { sshOptions } from './ssh-options.ts';

/** Options that k8s-ha sets itself, or that would take the remote command away (ssh_config(5)). */
const owned = new Set(
  [
    'BatchMode',
    'ControlMaster',
    'ControlPath',
    'ControlPersist',
    'RemoteCommand',
    'RequestTTY',
    'SessionType',
    'StdinNull',
    'ForkAfterAuthentication',
  ].map((name) => name.toLowerCase()),
);

export const sshOptionOwned = rule({
  id: 'ssh-option-owned',
  severity: 'error',
  title: 'An ssh option that k8s-ha sets itself',
  why: 'k8s-ha shares one connection per node, never asks for a password and passes scripts on standard input. Options that change this make commands hang or run nothing.',
  bad: example({ more: 'ssh:\n  options: { BatchMode: no }' }),
  good: example({ more: 'ssh:\n  options: { ProxyJump: bastion.example.com }' }),
  check: (spec) =>
    sshOptions(spec)
      .filter(({ name }) => owned.has(name.toLowerCase()))
      .map(({ name, path }) => ({
        message: `the ssh option ${name} is set by k8s-ha itself`,
        reason: 'With another value, commands on the nodes would hang, ask for passwords or run nothing.',
        suggestion: 'Remove it.',
        path,
      })),
});
