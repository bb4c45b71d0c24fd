import { installCommand } from '../../src/act/rollout/commands/packages.ts';
import { thisOperator, newLockOwner } from '../../src/lock/operator.ts';
import { lockCommand, unlockCommand } from '../../src/node/lock.ts';
import { contract } from '../contract/cases.ts';
import { createSharedBench } from './support/bench.ts';
import { labMachine } from './support/machine.ts';

contract('a real machine', async () => {
  const bench = await createSharedBench('contract');
  const machine = labMachine(bench, 'cp1');
  // Its services run real programs.
  const owner = newLockOwner(thisOperator(), { verb: 'apply' });
  for (const command of [
    lockCommand(owner, undefined),
    installCommand(owner.token, 'apt', ['haproxy', 'keepalived', 'curl', 'socat']),
    unlockCommand(owner),
  ]) {
    const { rc, stderr } = await machine.host.run(command);
    if (rc !== 0) throw new Error(`${command.summary}: ${stderr}`);
  }
  return { ...machine, close: bench.down };
});
