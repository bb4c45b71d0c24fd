import { contract } from '../contract/cases.ts';
import { createBench } from './support/bench.ts';
import { labMachine } from './support/machine.ts';

contract('a real machine', async () => {
  const bench = await createBench('contract', { nodes: 3 });
  return { ...labMachine(bench, 'cp1'), close: bench.down };
});
