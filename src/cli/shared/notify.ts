import { Option } from 'commander';
import { errorText } from '../../core/error.ts';
import type { Notifier } from '../../views.ts';
import { tell } from './output.ts';
import { readUpTo } from './read.ts';
import { UsageError } from './usage.ts';

export interface NotifyFlags {
  readonly onEvent?: string;
  readonly webhook?: string;
  readonly webhookFile?: string;
}

/** Where the address of the webhook can be, so that it is in no argument: every user of the machine can read those. */
const variable = 'K8S_HA_WEBHOOK';

/** An address is a line, not a document. */
const longestAddress = 4096;

/** Options of every command that watches: tell somebody else of changes of the state. */
export function notifyOptions(): readonly Option[] {
  return [
    new Option('--on-event <cmd>', 'run this for each change of the state, with JSON on its standard input'),
    new Option(
      '--webhook-file <file>',
      `post each change of the state as JSON to the address in this file, or in ${variable}; - is standard input`,
    ).conflicts('webhook'),
    new Option('--webhook <url>', 'the same for an address that is no secret: every user of this machine can see it'),
  ];
}

/** @throws UsageError for what is no address of a webhook; an address is never repeated: it may be a secret */
export async function notifierOf(flags: NotifyFlags): Promise<Notifier | undefined> {
  const { onEvent } = flags;
  const webhook = await webhookOf(flags);
  if (onEvent === undefined && webhook === undefined) return undefined;
  const { createNotifier } = await import('../../views.ts');
  return createNotifier({ command: onEvent, webhook, onProblem: (text) => tell(`k8s-ha: ${text}`) });
}

async function webhookOf({ webhook, webhookFile }: NotifyFlags): Promise<string | undefined> {
  if (webhook !== undefined)
    tell(
      `k8s-ha: every user of this machine can see the address of --webhook; where it is a secret, use --webhook-file or ${variable}`,
    );
  const [from, said] =
    webhook !== undefined
      ? ['--webhook', webhook]
      : webhookFile !== undefined
        ? [`--webhook-file ${webhookFile}`, await addressIn(webhookFile)]
        : [variable, process.env[variable]];
  const address = said?.trim();
  if (address === undefined || (address === '' && from === variable)) return undefined;
  if (/\s/.test(address) || !URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new UsageError(`${from} has no http or https address`, 'It has one address, on one line.');
  return address;
}

async function addressIn(file: string): Promise<string> {
  try {
    if (file !== '-') return readUpTo(file, longestAddress).toString('utf8');
    const { bytesRead, buffer } = await readStandardInput();
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${errorText(error)}`);
  }
}

async function readStandardInput(): Promise<{ readonly bytesRead: number; readonly buffer: Buffer }> {
  const parts: Buffer[] = [];
  let bytesRead = 0;
  for await (const part of process.stdin) {
    const bytes = Buffer.from(part);
    parts.push(bytes);
    bytesRead += bytes.length;
    if (bytesRead > longestAddress) break;
  }
  return { bytesRead: Math.min(bytesRead, longestAddress), buffer: Buffer.concat(parts) };
}
