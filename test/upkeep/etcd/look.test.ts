import { describe, expect, test } from 'vitest';
import { snapshotTakenMs } from '../../../src/node/snapshot.ts';
import { parseSections } from '../../../src/observe/once/sections.ts';
import { lookCommand, parseEtcd } from '../../../src/upkeep/etcd/look.ts';
import type { EtcdNodeSeen } from '../../../src/upkeep/etcd/model.ts';
import { statusOf } from '../../../src/upkeep/etcd/status.ts';
import { send, type Pieces } from '../../../src/upkeep/etcd/transfer.ts';
import { encode } from '../../fakes/sim/observation.ts';
import { fakeSpec } from '../../fakes/spec.ts';

const manifest = `apiVersion: v1
spec:
  containers:
  - command:
    - etcd
    - --data-dir=/var/lib/etcd
    - --initial-advertise-peer-urls=https://172.16.217.171:2380
    - --initial-cluster=cp1=https://172.16.217.171:2380
    - --name=cp1
`;
const read = '{"header":{"cluster_id":"1","member_id":"7","revision":"1200","raft_term":"3"}}';
const status = '{"header":{"member_id":"7","revision":"1201"},"leader":"7","dbSize":"1000"}';
const about = '{"id":"20261129T031500Z-0123abcd","sha256":"' + 'a'.repeat(64) + '","above":12}';

function seen(given: Readonly<Record<string, string>>): EtcdNodeSeen {
  return parseEtcd(parseSections(encode(Object.entries(given).map(([name, text]) => ({ name, rc: 0, text })))));
}

describe('what a node says of etcd', () => {
  test('its member, as kubeadm’s manifest has it, and that a majority agrees with it', () => {
    expect(seen({ manifest, read, status })).toMatchObject({
      manifest: { name: 'cp1', dataDir: '/var/lib/etcd', peerUrl: 'https://172.16.217.171:2380' },
      status: { known: true, value: { memberId: '7', revision: 1201, leads: true } },
      restore: undefined,
      restored: undefined,
    });
  });

  test('a member that answers without a majority is unknown', () => {
    const alone = seen({ manifest, read: '{"error":"etcdserver: request timed out","code":14}', status });
    expect(alone.status).toMatchObject({ known: false, reason: expect.stringContaining('timed out') });
  });

  test('a manifest with anything in it that a shell would read is none', () => {
    expect(seen({ manifest: manifest.replace('--name=cp1', '--name=$(reboot)') }).manifest).toBeUndefined();
    expect(seen({ manifest: manifest.replace('=/var/lib/etcd', '=var') }).manifest).toBeUndefined();
  });

  test('its snapshots, newest first, by the time in their names', () => {
    const folder = '/var/lib/k8s-ha-etcd/snapshots';
    const { snapshots } = seen({
      snapshots: `10 ${folder}/etcd-20261128T031500Z.db\n20 ${folder}/etcd-20261129T031500Z.db\nx\n5 ${folder}/other.db`,
    });
    expect(snapshots.map(({ bytes }) => bytes)).toEqual([20, 10]);
    expect(snapshots[0]?.takenMs).toBe(Date.UTC(2026, 10, 29, 3, 15));
  });

  test('how far a restore is, and a phase that nobody knows is the first', () => {
    const snapshot = '{"hash":7,"revision":9,"totalKey":3,"totalSize":100}';
    expect(seen({ about, phase: 'swapped\n', restoring: snapshot }).restore).toEqual({
      about: { id: '20261129T031500Z-0123abcd', sha256: 'a'.repeat(64), above: 12 },
      phase: 'swapped',
      status: { hash: 7, revision: 9, keys: 3, bytes: 100 },
    });
    expect(seen({ about, phase: 'finished' }).restore?.phase).toBe('begun');
    expect(seen({ about: about.replace('20261129', '$(reboot)') }).restore).toBeUndefined();
  });

  test('is asked with the member’s own credentials, which stay on the node', () => {
    const { argv, stdin = '' } = lookCommand(fakeSpec());
    expect(argv).toEqual(['sh', '-s']);
    expect(stdin).toContain('--key /etc/kubernetes/pki/etcd/healthcheck-client.key');
  });
});

test('what is no status of a snapshot is none', () => {
  expect(statusOf('panic: runtime error')).toBeUndefined();
  expect(statusOf('{"hash":1}')).toBeUndefined();
});

test('when a snapshot was taken is read from its name alone', () => {
  expect(snapshotTakenMs('backups/prod-etcd-20261129T031500Z.db')).toBe(Date.UTC(2026, 10, 29, 3, 15));
  expect(snapshotTakenMs('backup.db')).toBeUndefined();
});

test('a file is sent in whole blocks, and what cannot be read or written says why', async () => {
  const sent: { readonly bytes: number; readonly at: string }[] = [];
  const file: Pieces = { bytes: 9_000_000, read: async (_, bytes) => new Uint8Array(bytes) };
  const host = (rc: number) => ({
    name: 'cp1',
    close: async () => undefined,
    run: async (command: Parameters<Parameters<typeof send>[0]['run']>[0]) => {
      const [, at = ''] = /seek=(\d+)/.exec(command.argv.join(' ')) ?? [];
      sent.push({ bytes: Buffer.from(command.stdin ?? '', 'base64').length, at });
      return { command, rc, stdout: '', stderr: 'disk full' };
    },
  });
  expect(await send(host(0), 'id', file)).toEqual({ ok: true, value: undefined });
  expect(sent).toEqual([
    { bytes: 4_194_304, at: '0' },
    { bytes: 4_194_304, at: '4' },
    { bytes: 611_392, at: '8' },
  ]);
  expect(await send(host(1), 'id', file)).toEqual({ ok: false, error: 'disk full' });
  const gone: Pieces = { bytes: 1, read: async () => Promise.reject(new Error('no such file')) };
  expect(await send(host(0), 'id', gone)).toEqual({ ok: false, error: 'no such file' });
});
