import { Option } from 'commander';
import type { Notifier } from '../../views.ts';
import { tell } from './output.ts';
import { UsageError } from './usage.ts';

export interface NotifyFlags {
  readonly onEvent?: string;
  readonly webhook?: string;
}

/** Options of every command that watches: tell somebody else of changes of the state. */
export function notifyOptions(): readonly Option[] {
  return [
    new Option('--on-event <cmd>', 'run this for each change of the state, with JSON on its standard input'),
    new Option('--webhook <url>', 'post each change of the state there as JSON'),
  ];
}

export async function notifierOf({ onEvent, webhook }: NotifyFlags): Promise<Notifier | undefined> {
  if (onEvent === undefined && webhook === undefined) return undefined;
  if (webhook !== undefined && !(URL.canParse(webhook) && /^https?:$/.test(new URL(webhook).protocol)))
    throw new UsageError(`--webhook ${webhook} is not an http or https address`);
  const { createNotifier } = await import('../../views.ts');
  return createNotifier({ command: onEvent, webhook, onProblem: (text) => tell(`k8s-ha: ${text}`) });
}
