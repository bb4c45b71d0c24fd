import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProber } from '../../src/drill/prober/start.ts';
import { labClient } from '../../src/lab/lab.ts';
import { createBench, type Bench } from './support/bench.ts';

const proberPath = new URL('../../dist/drill/prober/main.js', import.meta.url).pathname;

/**
 * Needs root, Linux, the packages of src/lab/base/packages.ts, Go, and `npm run build` before it. The first time, Kubernetes is
 * built: many minutes.
 */
describe('the certificates of a cluster that kubeadm made', () => {
  let bench: Bench;
  let file: string;

  beforeAll(async () => {
    bench = await createBench('certs', { kubeadm: { workers: 0 } });
    file = bench.clusterFile('whole.yaml', (text) => text.replace(/^.*role: worker.*\n/m, ''));
    const up = await bench.cli(['up', file, '--yes']);
    if (up.rc !== 0) throw new Error(up.stderr);
  }, 3_600_000);
  afterAll(async () => bench.down());

  /** Node, path and serial of everything that kubeadm renews. */
  function serials(): readonly string[] {
    return bench.state.nodes.flatMap(({ name }) =>
      bench
        .on(
          name,
          'cd /etc/kubernetes/pki && for f in apiserver*.crt front-proxy-client.crt etcd/server.crt etcd/peer.crt etcd/healthcheck-client.crt; do echo "$f $(openssl x509 -noout -serial -in $f)"; done',
        )
        .split('\n')
        .map((line) => `${name} ${line}`),
    );
  }

  it('renews all certificates under load, and nobody notices', async () => {
    const before = serials();
    const prober = await startProber(
      {
        host: '172.16.100.100',
        port: 7443,
        servername: 'kubernetes',
        caPem: bench.on('cp1', 'cat /etc/kubernetes/pki/ca.crt'),
        path: '/version',
        ratePerSecond: 50,
        timeoutMs: 3000,
      },
      { wrap: labClient(bench.lab).argvPrefix, program: proberPath },
    );
    const ran = await bench.cli(['certificates', 'renew', file, '--all', '--yes']);
    const { samples } = await prober.stop();
    expect(ran.rc, ran.stderr).toBe(0);
    const failed = samples.filter(({ outcome, status }) => outcome !== 'ok' || status !== 200);
    process.stdout.write(
      `renewal: ${Math.round(ran.tookMs / 1000)} s, ${failed.length} of ${samples.length} requests failed: ${JSON.stringify(failed.slice(0, 5).map(({ outcome, sentMs, doneMs }) => [outcome, Math.round(doneMs - sentMs)]))}`,
    );
    // Their number: thousands of them say no more than the first.
    expect(failed.length).toBe(0);
    const after = serials();
    expect(after).toHaveLength(before.length);
    expect(after.filter((line) => before.includes(line))).toEqual([]);
    // What runs shows the new one.
    for (const { name } of bench.state.nodes) {
      const shown = bench.on(
        name,
        'openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 -noout -serial',
      );
      expect(after.join(' ')).toContain(shown);
    }
    const again = await bench.cli(['certificates', 'renew', file, '--yes']);
    expect(again.stdout).toContain('nothing to do');
    const listed = await bench.cli(['certificates', file]);
    expect(listed.stdout).toContain('/etc/kubernetes/pki/apiserver.crt');
    const status = await bench.cli(['status', file]);
    expect(status.rc, status.stdout).toBe(0);
  }, 400_000);
});
