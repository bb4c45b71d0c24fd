import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { renderNode } from '../../src/render/render.ts';
import { localServer, localServerName, renderWorker } from '../../src/render/worker.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const worker = { name: 'w1', address: '172.16.217.181', family: 'ipv4' as const, ssh: { options: {} } };
const base = fakeSpec({ workers: [worker] });
const spec = fakeSpec({ workers: [worker], kubernetes: { ...base.kubernetes, workerBalancer: 'node-local' } });
const set = renderWorker(spec, worker, fakeTimers, assumedFacts);

test.each(set.files.map((file) => [file.path, file] as const))('renders %s as recorded', async (path, file) => {
  await expect(file.content).toMatchFileSnapshot(`../golden/worker${path}`);
});

function haproxy(given = spec): string {
  return (
    renderWorker(given, worker, fakeTimers, assumedFacts).files.find(({ path }) => path.endsWith('.cfg'))?.content ?? ''
  );
}

/** How the servers of a section are checked, and which they are. */
function checks(text: string, backend: string): readonly string[] {
  const section = new RegExp(`^backend ${backend}$[^]*?\n\n`, 'm').exec(text)?.[0] ?? '';
  return section.split('\n').filter((line) => /^ +(http-check send|default-server (check|inter)|server) /.test(line));
}

describe('HAProxy of a worker', () => {
  test('listens to the worker alone', () => {
    const binds = haproxy()
      .match(/^ +bind (\S+)/gm)
      ?.map((line) => line.trim());
    expect(binds).toEqual(['bind 127.0.0.1:7443', 'bind 127.0.0.1:7444']);
  });

  test('checks API servers as that of a control-plane node does', () => {
    const [node] = spec.nodes;
    if (!node) throw new Error('the fake has nodes');
    const theirs = renderNode(spec, node, fakeTimers, assumedFacts).files.find(({ path }) =>
      path.endsWith('haproxy.cfg'),
    );
    const own = checks(haproxy(), 'k8s_api_ready');
    expect(own).toHaveLength(3 + spec.nodes.length);
    expect(own).toEqual(checks(theirs?.content ?? '', 'k8s_api_checked'));
  });

  test('has nothing of the VIPs, of takeovers and of the operator’s own sections', () => {
    const all = fakeSpec({
      workers: [worker],
      failover: { ...spec.failover, tellClients: true, keepConnections: true },
      haproxy: { extra: 'frontend mine\n    bind :9000\n' },
    });
    const text = haproxy(all);
    for (const word of ['peers', 'localpeer', 'frontend mine', '172.16.100.100']) expect(text).not.toContain(word);
  });
});

test('the key changes no file of a control-plane node', () => {
  const [node] = spec.nodes;
  if (!node) throw new Error('the fake has nodes');
  const files = (given: typeof spec) => renderNode(given, node, fakeTimers, assumedFacts).files;
  expect(files(spec)).toEqual(files(base));
});

test('a kubelet verifies the API server by a name that its certificate has', () => {
  expect(localServer(spec)).toBe('https://127.0.0.1:7443');
  expect(localServerName(spec)).toBe('kubernetes');
  expect(localServerName({ ...spec, apiServer: { ...spec.apiServer, tlsServerName: 'none' } })).toBe('172.16.100.100');
});
