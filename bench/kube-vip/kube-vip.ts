import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { labSsh } from '../../src/lab/lab.ts';
import type { Bench } from '../../test/e2e/support/bench.ts';

/**
 * kube-vip, built from its pinned Go module (lab/kube-vip), with what its own `manifest pod` prints: a unit of systemd takes the
 * place of the static pod, because the lab has no image of it.
 */
export interface KubeVip {
  /** @param timings replaces those of the manifest, in whole seconds, which is all that kube-vip takes */
  start(timings?: Readonly<Record<string, number>>): void;
  stop(): void;
}

export const kubeVipAddress = '172.16.100.110';

const printed = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        args: z.array(z.string()),
        env: z.array(z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() })),
      }),
    ),
  }),
});
const nodeName = z.object({ fieldRef: z.object({ fieldPath: z.literal('spec.nodeName') }) });

function run(
  argv: readonly string[],
  { input = '', timeout = 240_000 }: { input?: string | Buffer; timeout?: number } = {},
): string {
  const [program = '', ...args] = argv;
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8', timeout });
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stdout}${stderr}`);
  return stdout.trim();
}

function build(program: string): void {
  const flags = ['-trimpath', '-mod=readonly', '-ldflags', '-s -w -X main.Version=v1.0.0'];
  run(['go', 'build', '-C', 'lab/kube-vip', ...flags, '-o', program, 'github.com/kube-vip/kube-vip'], {
    timeout: 40 * 60_000,
  });
}

/** The environment and arguments of the container that kube-vip's own generator prints for a control plane. */
function manifest(program: string, node: string): { environment: Record<string, string>; args: readonly string[] } {
  const flags = ['--interface', 'eth0', '--address', kubeVipAddress, '--controlplane', '--arp', '--leaderElection'];
  const [container] = printed.parse(parse(run([program, 'manifest', 'pod', ...flags]))).spec.containers;
  if (!container) throw new Error('its manifest has no container');
  const environment = Object.fromEntries(
    container.env.map(({ name, value, valueFrom }) => {
      if (valueFrom !== undefined) nodeName.parse(valueFrom);
      return [name, valueFrom === undefined ? (value ?? '') : node];
    }),
  );
  return { environment, args: container.args };
}

/** Builds it and places it on the nodes; nothing runs yet. */
export function placeKubeVip(bench: Bench): KubeVip {
  const scratch = mkdtempSync(join(tmpdir(), 'kube-vip-'));
  const program = join(scratch, 'kube-vip');
  try {
    build(program);
    const nodes = bench.state.nodes.map(({ name }) => ({ name, ...manifest(program, name) }));
    for (const { name } of nodes) {
      run(labSsh(bench.lab, name, ['cat >/usr/local/bin/kube-vip && chmod 755 /usr/local/bin/kube-vip']), {
        input: readFileSync(program),
      });
      // The manifest's hostAliases.
      bench.on(name, `grep -q ' kubernetes$' /etc/hosts || echo '127.0.0.1 kubernetes' >>/etc/hosts`);
    }
    return {
      start: (timings = {}) => {
        for (const { name, environment, args } of nodes) {
          const lines = Object.entries({ ...environment, ...timings }).map(([key, value]) => `${key}="${value}"\n`);
          run(labSsh(bench.lab, name, ['cat >/run/kube-vip.env']), { input: lines.join('') });
          // The kubelet starts a container that ended for the first time at once, later ones after 10 s and more.
          const unit = '--unit=kube-vip -p EnvironmentFile=/run/kube-vip.env -p Restart=always -p RestartSec=0';
          bench.on(
            name,
            `systemctl reset-failed kube-vip 2>/dev/null
systemd-run --quiet ${unit} -p StartLimitIntervalSec=0 /usr/local/bin/kube-vip ${args.join(' ')}`,
          );
        }
      },
      stop: () => {
        for (const { name } of nodes)
          bench.on(name, `systemctl stop kube-vip; ip addr del ${kubeVipAddress}/32 dev eth0 2>/dev/null; true`);
      },
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
