import { contract } from './cases.ts';
import { shellMachine } from './shell.ts';

contract('its shell in a folder, by busybox', async () => shellMachine(['busybox', 'sh']));
