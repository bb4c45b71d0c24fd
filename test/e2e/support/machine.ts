import type { CommandResult } from '../../../src/core/command.ts';
import { check } from '../../../src/rules/check.ts';
import { remoteLine } from '../../../src/host/ssh.ts';
import { labSsh } from '../../../src/lab/lab.ts';
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import type { Machine } from '../../contract/machine.ts';
import type { Bench } from './bench.ts';

const roots = '/etc/k8s-ha /run/k8s-ha /var/lib/k8s-ha /etc/systemd/system';

/** A real machine of the lab, for the contract that the simulation is held to as well. */
export function labMachine(bench: Bench, node: string): Machine {
  const cluster = bench.clusterFile('contract.yaml');
  const { spec } = check(readFileSync(cluster, 'utf8'), cluster);
  if (!spec) throw new Error('the example has errors');
  const shell = async (script: string, stdin = ''): Promise<Pick<CommandResult, 'rc' | 'stdout' | 'stderr'>> =>
    exec(labSsh(bench.lab, node, [script]), stdin);
  return {
    spec,
    node,
    host: {
      name: node,
      close: async () => undefined,
      run: async (command) => ({ command, ...(await shell(remoteLine(command, { root: true }), command.stdin)) }),
    },
    file: async (path) => {
      const { rc, stdout } = await shell(`stat -c %a ${path} && base64 ${path}`);
      if (rc !== 0) return undefined;
      const [mode = '', ...lines] = stdout.split('\n');
      return { mode: Number.parseInt(mode, 8), content: Buffer.from(lines.join(''), 'base64').toString('utf8') };
    },
    put: async (path, content, mode = 0o644) => {
      await shell(`mkdir -p $(dirname ${path}) && cat >${path} && chmod ${mode.toString(8)} ${path}`, content);
    },
    files: async () => (await shell(`find ${roots} -type f`)).stdout.trim().split('\n'),
    service: async (name) => {
      const unit = `k8s-ha-${name}.service`;
      const { stdout } = await shell(`systemctl is-active ${unit}; systemctl is-enabled ${unit}`);
      const [active, enabled] = stdout.trim().split('\n');
      return { active: active === 'active', enabled: enabled === 'enabled' };
    },
    guarded: async () => (await shell('nft list table inet k8s_ha')).rc === 0,
    clean: async () => {
      await shell(
        'systemctl disable --quiet --now k8s-ha-keepalived k8s-ha-haproxy; rm -rf /etc/k8s-ha /run/k8s-ha /var/lib/k8s-ha /etc/systemd/system/k8s-ha-* /etc/systemd/system/other.service; systemctl daemon-reload; systemctl reset-failed; nft delete table inet k8s_ha',
      );
    },
    close: async () => undefined,
  };
}

async function exec(
  [program = '', ...args]: readonly string[],
  stdin: string,
): Promise<Pick<CommandResult, 'rc' | 'stdout' | 'stderr'>> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.on('close', (code) => resolve({ rc: code ?? undefined, stdout, stderr }));
    child.stdin.end(stdin);
  });
}
