import { quick } from '../quick.ts';
import { contract } from './cases.ts';
import { shellMachine } from './shell.ts';
import { simulatedMachine } from './simulation.ts';

contract('simulated', simulatedMachine);
// dash on Debian and Ubuntu, bash elsewhere.
contract('its shell in a folder, by sh', async () => shellMachine(['sh']));
if (!quick) contract('its shell in a folder, by bash', async () => shellMachine(['bash', '--posix']));
