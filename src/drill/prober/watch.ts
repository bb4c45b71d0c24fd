import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingMessage } from 'node:http';
import { monotonicMs, type WatchEvent, type WriteConfig } from '../measure/probe.ts';
import type { ApiClient } from './api-client.ts';
import { isObject, parseObject } from './config.ts';
import { outcomeOfError, outcomeOfStatus } from './outcome.ts';

/**
 * Follows the run's namespace with a watch, as a controller does: from the last seen revision again after each loss, at once
 * and then every 100 ms. Ends with the signal.
 */
export async function followWatch(
  client: ApiClient,
  { namespace }: WriteConfig,
  onEvent: (event: WatchEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let revision = '';
  const see = (line: string): void => {
    const object = parseObject(line)?.['object'];
    const metadata = isObject(object) ? object['metadata'] : undefined;
    const seen = isObject(metadata) ? metadata['resourceVersion'] : undefined;
    if (typeof seen === 'string') revision = seen;
    onEvent({ atMs: monotonicMs(), what: 'event' });
  };
  while (!signal.aborted) {
    try {
      const from = revision === '' ? '' : `&resourceVersion=${revision}`;
      const stream = await client.stream(`/api/v1/namespaces/${namespace}/configmaps?watch=1${from}`, signal);
      const outcome = outcomeOfStatus(stream.statusCode ?? 0);
      if (outcome === 'ok') {
        onEvent({ atMs: monotonicMs(), what: 'open' });
        await eachLine(stream, see);
      } else stream.resume();
      // 410: the revision is gone; start again.
      if (stream.statusCode === 410) revision = '';
      onEvent({ atMs: monotonicMs(), what: 'lost', outcome: outcome === 'ok' ? 'reset' : outcome });
    } catch (error) {
      if (signal.aborted) return;
      onEvent({
        atMs: monotonicMs(),
        what: 'lost',
        outcome: outcomeOfError(error instanceof Error ? error : new Error()),
      });
    }
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
}

async function eachLine(stream: IncomingMessage, use: (line: string) => void): Promise<void> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') use(line);
  }
}
