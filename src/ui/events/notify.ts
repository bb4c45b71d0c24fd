import { exec } from '../../host/exec.ts';
import { errorText } from '../../core/error.ts';
import type { WatchEvent } from '../../observe/live/model.ts';

export interface NotifyOptions {
  /** Run by a shell of the operator's machine, with the message as JSON on its standard input. */
  readonly command?: string | undefined;
  /** http or https: the message is posted there as JSON. */
  readonly webhook?: string | undefined;
  /** Told when a message could not be delivered. */
  readonly onProblem: (text: string) => void;
  /** Pauses between the tries to post a message. */
  readonly retryMs?: readonly number[];
}

/** What a receiver gets. */
export interface Message {
  readonly cluster: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly tone: WatchEvent['tone'];
  readonly kind: WatchEvent['kind'];
  readonly node: string | null;
  readonly text: string;
}

export interface Notifier {
  notify(cluster: string, events: readonly WatchEvent[]): void;
  /** Settles when everything that was told before is delivered or given up. */
  idle(): Promise<void>;
}

const timeoutMs = 10_000;

/** More messages than these wait for a slow receiver in vain: the newest count. */
const longestQueue = 200;
const kinds = new Set<WatchEvent['kind']>(['vip', 'node', 'gate', 'server']);

/** True for what is told outside: changes of the state that was observed, not every line of a log. */
export function isNews({ source, kind }: WatchEvent): boolean {
  return source === 'observed' && kinds.has(kind);
}

export function messageOf(cluster: string, { atMs, tone, kind, node, text }: WatchEvent): Message {
  return {
    cluster,
    at: new Date(atMs).toISOString(),
    tone,
    kind,
    node: node ?? null,
    text,
  };
}

/** Delivers changes of state, one after the other and in their order; a receiver that fails stops nothing. */
export function createNotifier({ command, webhook, onProblem, retryMs = [500, 2000] }: NotifyOptions): Notifier {
  const queue: Message[] = [];
  let working: Promise<void> | undefined;

  const run = async (body: string): Promise<void> => {
    if (command === undefined) return;
    const { rc, ended, stderr } = await exec(['sh', '-c', command], { stdin: body, timeoutMs });
    if (rc !== 0)
      onProblem(
        `the notification command ${ended === 'timeout' ? `took longer than ${timeoutMs / 1000} s` : `ended with ${rc}: ${stderr.trim()}`}`,
      );
  };

  const post = async (body: string): Promise<void> => {
    if (webhook === undefined) return;
    for (const pause of [...retryMs, undefined]) {
      try {
        const headers = { 'content-type': 'application/json' };
        const { ok, status } = await fetch(webhook, {
          method: 'POST',
          headers,
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (ok) return;
        // The receiver refuses the message itself: it will not take it the next time either.
        if (status < 500 || pause === undefined) return onProblem(`the webhook answered ${status}`);
      } catch (error) {
        if (pause === undefined) return onProblem(`the webhook cannot be reached: ${errorText(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };

  const work = async (): Promise<void> => {
    for (let message = queue.shift(); message; message = queue.shift()) {
      const body = JSON.stringify(message);
      await Promise.all([run(body), post(body)]);
    }
    working = undefined;
  };

  return {
    notify: (cluster, events) => {
      queue.push(...events.filter(isNews).map((event) => messageOf(cluster, event)));
      const dropped = queue.splice(0, Math.max(0, queue.length - longestQueue)).length;
      if (dropped > 0) onProblem(`${dropped} notifications were dropped: the receiver is too slow`);
      if (queue.length > 0) working ??= work();
    },
    idle: async () => working,
  };
}
