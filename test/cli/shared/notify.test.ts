import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notifierOf } from '../../../src/cli/shared/notify.ts';
import type { WatchEvent } from '../../../src/observe/live/model.ts';

const event: WatchEvent = {
  id: '1',
  atMs: 0,
  errorMs: 0,
  source: 'observed',
  kind: 'vip',
  tone: 'bad',
  text: 'moved',
};

describe('the address of a webhook', () => {
  let folder: string;
  let server: Server | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-webhook-'));
  });
  afterEach(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const fileWith = (text: string): string => {
    const file = join(folder, 'hook');
    writeFileSync(file, text);
    return file;
  };

  it('is read from a file, so that it is in no argument', async () => {
    const got: (string | undefined)[] = [];
    server = createServer((request, response) => {
      got.push(request.url);
      response.end();
    });
    await new Promise<void>((resolve) => void server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const notifier = await notifierOf({ webhookFile: fileWith(`http://127.0.0.1:${port}/hook?secret=x\n`) });
    notifier?.notify('prod', [event]);
    await notifier?.idle();
    expect(got).toEqual(['/hook?secret=x']);
  });

  it('is asked for only where one is named', async () => {
    expect(await notifierOf({})).toBeUndefined();
  });

  it('that is none is refused without being repeated', async () => {
    for (const text of ['', 'file:///etc/hush', 'hush', 'https://hush.example/\nhttps://hush.example/ x'])
      await expect(notifierOf({ webhookFile: fileWith(text) })).rejects.toThrow(/^(?!.*hush).*has no http or https/s);
    await expect(notifierOf({ webhook: 'hush' })).rejects.toThrow(/^(?!.*hush)/s);
    await expect(notifierOf({ webhookFile: join(folder, 'none') })).rejects.toThrow('cannot be read');
  });
});
