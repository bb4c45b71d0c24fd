import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeconfigFrom } from '../../../src/cli/shared/kubeconfig.ts';
import { probeConfig } from '../../../src/drill/measure/probe-config.ts';
import type { Command } from '../../../src/core/command.ts';
import type { Host } from '../../../src/host/host.ts';
import { fakeSpec } from '../../fakes/spec.ts';

function kubeconfig(cluster: string): string {
  return `apiVersion: v1
kind: Config
current-context: a
contexts: [{ name: a, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { ${cluster} } }]
users: [{ name: u, user: { token: hush } }]
`;
}

describe('the CA that the API is checked by', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-kubeconfig-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = async (text: string) => {
    writeFileSync(join(folder, 'conf'), text);
    return kubeconfigFrom(join(folder, 'conf'));
  };

  it('is that of the operator’s kubeconfig, from its text or from a file beside it', async () => {
    writeFileSync(join(folder, 'ca.crt'), 'PEM');
    const expected = { credentials: { token: 'hush' }, caPem: 'PEM' };
    expect(await read(kubeconfig('certificate-authority: ca.crt'))).toEqual(expected);
    expect(await read(kubeconfig(`certificate-authority-data: ${btoa('PEM')}`))).toEqual(expected);
  });

  it('must be there where credentials are: they are sent to nobody whom only a node vouches for', async () => {
    await expect(read(kubeconfig('server: https://x'))).rejects.toThrow('no certificate-authority');
    await expect(read(kubeconfig('certificate-authority: none.crt'))).rejects.toThrow(
      'names a file that cannot be read',
    );
  });

  it('is asked of a node only where the operator has none', async () => {
    const asked: string[] = [];
    const host: Host = {
      name: 'cp1',
      run: async (command: Command) => {
        asked.push(command.summary);
        return { command, rc: 0, stdout: 'THEIRS', stderr: '' };
      },
      close: async () => undefined,
    };
    const own = await probeConfig(fakeSpec(), host, { ratePerSecond: 1, caPem: 'MINE' });
    expect(own).toMatchObject({ ok: true, value: { caPem: 'MINE' } });
    expect(asked).toEqual([]);
    expect(await probeConfig(fakeSpec(), host, { ratePerSecond: 1 })).toMatchObject({ value: { caPem: 'THEIRS' } });
  });
});
