import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { createEtcd } from '../../../src/lab/api-server/etcd.ts';

it('answers reads however many watches are open', async () => {
  let watches = 0;
  const server = createServer((request, response) => {
    if (request.url === '/v3/watch') {
      watches += 1;
      response.flushHeaders();
    } else response.end('{"header":{"revision":"7"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const etcd = createEtcd(new URL(`http://127.0.0.1:${address.port}`));
  const end = new AbortController();
  const open = Array.from({ length: 200 }, () => etcd.watch('/registry/', '1', end.signal).next());
  await expect.poll(() => watches, { timeout: 10_000 }).toBe(200);
  expect(await etcd.range('/registry/x')).toMatchObject({ revision: '7' });
  end.abort();
  await Promise.allSettled(open);
  server.closeAllConnections();
  server.close();
});
