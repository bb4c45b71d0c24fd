import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs, type ProbeConfig, type WriteAudit, type WriteConfig } from '../measure/probe.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { isObject, parseObject } from './config.ts';
import type { ProbeAnswer } from './pace.ts';

export interface Writer {
  /** Creates one object; an answer of 201 is the acknowledgement. */
  write(index: number): Promise<ProbeAnswer>;
  /** Reads everything back, then clears it away. */
  audit(): Promise<WriteAudit>;
}

const readBackTimeoutMs = 30_000;
const clearInParallel = 20;

function collection({ namespace }: WriteConfig): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

/** Creates objects under names of their own, so that an acknowledged write that is missing afterwards cannot hide. */
export function createWriter(client: ApiClient, config: ProbeConfig, writes: WriteConfig): Writer {
  const acknowledged: string[] = [];
  const attempted: string[] = [];
  const path = collection(writes);

  return {
    write: async (index) => {
      const name = `${writes.prefix}-${index}`;
      attempted.push(name);
      const body = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        data: { index: String(index) },
      });
      const { body: _, ...answer } = await client.call({ method: 'POST', path, body });
      // 409: an earlier attempt of the same request had arrived after all; it was not acknowledged, and is not counted.
      if (answer.status === 409) return { ...answer, outcome: 'ok' };
      if (answer.outcome === 'ok') acknowledged.push(name);
      return answer;
    },
    audit: async () => {
      const found = await readBack(client, path, config);
      await clear(client, path, attempted);
      if (typeof found === 'string') return { acknowledged: acknowledged.length, lost: [], failure: found };
      return { acknowledged: acknowledged.length, lost: acknowledged.filter((name) => !found.has(name)) };
    },
  };
}

/** The names that are there; a text where the list could not be read. A list is a quorum read unless told otherwise. */
async function readBack(
  client: ApiClient,
  path: string,
  { timeoutMs }: ProbeConfig,
): Promise<ReadonlySet<string> | string> {
  const untilMs = monotonicMs() + readBackTimeoutMs;
  let last: ApiAnswer;
  do {
    last = await client.call({ method: 'GET', path });
    const names = last.outcome === 'ok' ? namesIn(last.body) : undefined;
    if (names) return names;
    await sleep(Math.min(200, timeoutMs));
  } while (monotonicMs() < untilMs);
  return `the objects could not be read back: ${last.outcome}`;
}

function namesIn(body: string): ReadonlySet<string> | undefined {
  const items = parseObject(body)?.['items'];
  if (!Array.isArray(items)) return undefined;
  return new Set(
    items.flatMap((item: unknown) => {
      const metadata = isObject(item) ? item['metadata'] : undefined;
      const name = isObject(metadata) ? metadata['name'] : undefined;
      return typeof name === 'string' ? [name] : [];
    }),
  );
}

async function clear(client: ApiClient, path: string, names: readonly string[]): Promise<void> {
  for (let i = 0; i < names.length; i += clearInParallel)
    await Promise.all(
      names.slice(i, i + clearInParallel).map((name) => client.call({ method: 'DELETE', path: `${path}/${name}` })),
    );
}
