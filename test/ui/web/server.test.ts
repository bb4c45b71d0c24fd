import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/ui/web/app.ts';
import { refusal, type Asked } from '../../../src/ui/web/guard.ts';
import { createSampleMemory } from '../../../src/ui/web/samples.ts';
import { createSender } from '../../../src/ui/web/sender.ts';
import { clusterView } from '../../../src/ui/watch/view.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { healthyWatch } from './states.ts';

const token = 'a-token-of-this-test';
const port = 7447;
const own: Asked = { method: 'GET', host: '127.0.0.1:7447', origin: undefined, site: undefined, token };

describe('the guard', () => {
  it.each<[string, Partial<Asked>, number | undefined]>([
    ['lets the operator in', {}, undefined],
    ['lets localhost in', { host: 'localhost:7447', origin: 'http://localhost:7447', site: 'same-origin' }, undefined],
    ['refuses another name, as after DNS rebinding', { host: 'evil.example:7447' }, 403],
    ['refuses another port', { host: '127.0.0.1:80' }, 403],
    ['refuses no host', { host: undefined }, 403],
    ['refuses another page by its origin', { origin: 'https://evil.example' }, 403],
    ['refuses an opaque origin', { origin: 'null' }, 403],
    ['refuses another page by what the browser says of it', { site: 'cross-site' }, 403],
    ['refuses a change that does not say its origin', { method: 'POST' }, 403],
    ['lets a change of its own page in', { method: 'POST', origin: 'http://127.0.0.1:7447' }, undefined],
    ['refuses a wrong token', { token: 'a-token-of-this-tesT' }, 404],
    ['refuses a part of the token', { token: 'a-token' }, 404],
    ['refuses no token', { token: '' }, 404],
  ])('%s', (_, asked, status) => {
    expect(refusal({ ...own, ...asked }, { port, token })?.status).toBe(status);
  });
});

const nowMs = 1_800_000_000_000;

function appWith(drills: string[] | undefined) {
  const { watch } = healthyWatch(fakeSpec(), nowMs);
  const sender = createSender([watch]);
  const app = createApp({
    version: '1',
    token,
    port: () => port,
    sender,
    assets: { 'index.html': { type: 'text/html', body: 'page' } },
    reports: undefined,
    metrics: () => Promise.resolve({ type: 'text/plain', text: 'metrics' }),
    drill: drills && { faults: [], start: (place, fault) => void drills.push(`${place} ${fault}`) },
  });
  const ask = (path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}) =>
    app.request(`http://127.0.0.1:${port}/${path}`, {
      ...init,
      headers: {
        host: `127.0.0.1:${port}`,
        origin: `http://127.0.0.1:${port}`,
        'content-type': 'application/json',
        ...init.headers,
      },
    });
  return { ask, watch };
}

function body(confirm: string) {
  return {
    method: 'POST',
    body: JSON.stringify({ place: 0, fault: 'haproxy-killed', confirm }),
  };
}

describe('the server', () => {
  it('gives the page a policy that lets nothing in from elsewhere', async () => {
    const answer = await appWith(undefined).ask(`${token}/`);
    expect(await answer.text()).toBe('page');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('tells nothing without the token, neither page nor metrics nor events', async () => {
    const { ask } = appWith(undefined);
    for (const path of ['', 'metrics', 'wrong/metrics', 'wrong/events?place=0', 'wrong/stream'])
      expect((await ask(path)).status).toBe(404);
    expect(await (await ask(`${token}/metrics`)).text()).toBe('metrics');
  });

  it('gives events by pages, and no file by a name with a path in it', async () => {
    const { ask, watch } = appWith(undefined);
    expect(await (await ask(`${token}/events?place=0&limit=1`)).json()).toEqual(watch.history.before(Infinity, 1));
    expect((await ask(`${token}/events?place=7`)).status).toBe(404);
    expect((await ask(`${token}/reports/..%2f..%2fetc%2fpasswd`)).status).toBe(404);
    expect(await (await ask(`${token}/reports`)).json()).toEqual([]);
  });

  it('looks again when asked', async () => {
    const { ask, watch } = appWith(undefined);
    expect((await ask(`${token}/look?place=0`, { method: 'POST' })).status).toBe(202);
    expect(watch.looks()).toBe(1);
  });

  it('starts a drill only when allowed, and only with the name of the cluster', async () => {
    expect((await appWith(undefined).ask(`${token}/drill`, body('tutorial'))).status).toBe(403);
    const started: string[] = [];
    const { ask } = appWith(started);
    expect((await ask(`${token}/drill`, body('else'))).status).toBe(400);
    expect((await ask(`${token}/drill`, { method: 'POST', body: 'not json' })).status).toBe(400);
    expect(
      (await ask(`${token}/drill`, { ...body('tutorial'), headers: { origin: 'http://evil.example' } })).status,
    ).toBe(403);
    expect(started).toEqual([]);
    expect((await ask(`${token}/drill`, body('tutorial'))).status).toBe(202);
    expect(started).toEqual(['0 haproxy-killed']);
  });
});

it('remembers figures with a gap where they were unknown, and no more than an hour', () => {
  const { watch } = healthyWatch(fakeSpec(), nowMs);
  const memory = createSampleMemory(100);
  const view = clusterView(watch.spec, watch.state());
  for (let i = 0; i < 500; i += 1)
    memory.add({
      ...view,
      atMs: nowMs + i * 1000,
      nodes: view.nodes.map((node) => (i === 499 ? { ...node, sessions: undefined } : node)),
    });
  const { atMs, nodes } = memory.samples();
  expect(atMs.length).toBeLessThanOrEqual(110);
  expect(nodes[0]?.sessions.slice(-2)).toEqual([view.nodes[0]?.sessions, null]);
});
