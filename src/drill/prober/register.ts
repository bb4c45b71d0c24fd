import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeConfig, WriteConfig } from '../measure/probe.ts';
import type { RegisterOp } from '../measure/register.ts';
import { apiClient, type ApiClient } from './api-client.ts';
import { isObject, parseObject } from './config.ts';

/** Several, so that their operations overlap and meet different API servers. */
const clients = 4;
/** From one operation of a client to its next: enough to see what a fault does, and little beside the other probes. */
const pauseMs = 100;

export interface Register {
  /** Waits for what is in flight, and deletes the object. */
  stop(): Promise<void>;
}

/**
 * Lets several clients write and read one object at once until it is stopped. A write is never sent twice: what is written has
 * one place in the history.
 */
export function startRegister(
  config: ProbeConfig,
  { namespace, prefix }: WriteConfig,
  onOperation: (operation: RegisterOp) => void,
): Register {
  const collection = `/api/v1/namespaces/${namespace}/configmaps`;
  const name = `${prefix}-register`;
  const path = `${collection}/${name}`;
  const state = { on: true };

  const write = async (client: ApiClient, value: string, created: boolean): Promise<boolean> => {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });
    const answer = await client.call(
      created ? { method: 'PUT', path, body } : { method: 'POST', path: collection, body },
    );
    const acknowledged = answer.outcome === 'ok';
    onOperation({ what: 'write', value, sentMs: answer.sentMs, doneMs: answer.doneMs, acknowledged });
    return acknowledged;
  };
  const read = async (client: ApiClient): Promise<void> => {
    const { outcome, body, sentMs, doneMs } = await client.call({ method: 'GET', path });
    const value = outcome === 'ok' ? valueIn(body) : undefined;
    if (value !== undefined) onOperation({ what: 'read', value, sentMs, doneMs, acknowledged: true });
  };
  const work = async (number: number): Promise<void> => {
    const client = apiClient(config, { resend: false });
    for (let turn = number; state.on; turn += 1) {
      await (turn % 2 === 0 ? write(client, `${number}-${turn}`, true) : read(client));
      await sleep(pauseMs);
    }
    client.close();
  };
  const all = async (): Promise<void> => {
    const client = apiClient(config, { resend: false });
    // The cluster is well when the probing begins.
    if (await write(client, 'first', false)) await Promise.all(Array.from({ length: clients }, (_, i) => work(i)));
    await client.call({ method: 'DELETE', path });
    client.close();
  };

  const ended = all();
  return {
    stop: async () => {
      state.on = false;
      await ended;
    },
  };
}

function valueIn(body: string): string | undefined {
  const data = parseObject(body)?.['data'];
  const value = isObject(data) ? data['value'] : undefined;
  return typeof value === 'string' ? value : undefined;
}
