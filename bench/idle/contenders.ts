import { labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import type { Bench } from '../../test/e2e/support/bench.ts';
import { good } from '../../test/e2e/support/killed.ts';
import { kubeVipAddress, placeKubeVip } from '../kube-vip/kube-vip.ts';
import type { Address } from './clients.ts';

/** What clients connect to. */
export interface Contender {
  readonly name: string;
  readonly address: Address;
  /** It tells clients that their connections are gone. */
  readonly tells: boolean;
  /** The program in which clients' connections end, and who has it. */
  readonly server: string;
  readonly start: () => Promise<void>;
  readonly stop: () => void;
}

export interface Fault {
  readonly name: string;
  inject(bench: Bench, contender: Contender, node: string): Promise<void>;
  heal(bench: Bench, contender: Contender, node: string): Promise<void>;
}

export function contendersOf(bench: Bench): readonly Contender[] {
  const ours = (name: string, tellClients: boolean): Contender => {
    const file = bench.clusterFile(`${tellClients}.yaml`, (text) =>
      text.replace('target: 500ms', `target: 500ms\n  tellClients: ${tellClients}`),
    );
    return {
      name,
      address: { host: '172.16.100.100', port: 7443 },
      tells: tellClients,
      server: 'k8s-ha-haproxy',
      start: async () => {
        await good(bench, ['apply', file, '--yes']);
      },
      stop: () => undefined,
    };
  };
  const kubeVip = placeKubeVip(bench);
  return [
    ours('k8s-ha, tellClients', true),
    ours('k8s-ha without it', false),
    {
      name: 'kube-vip, its manifest',
      address: { host: kubeVipAddress, port: 6443 },
      tells: false,
      server: 'kube-apiserver',
      start: async () => kubeVip.start(),
      stop: kubeVip.stop,
    },
  ];
}

/** Everything but ssh, as the drill `isolated` does it; it ends by itself. */
const cutOff = `nft -f - <<'END'
table inet bench_cut {
  chain in { type filter hook input priority -300; policy drop; iifname "lo" accept; tcp dport 22 accept; }
  chain out { type filter hook output priority -300; policy drop; oifname "lo" accept; tcp sport 22 accept; }
}
table netdev bench_cut {
  chain out { type filter hook egress device "eth0" priority 0; arp saddr ip { 172.16.100.100, 172.16.100.101, ${kubeVipAddress} } drop; }
}
END`;
const cutOffHealed = 'nft delete table inet bench_cut; nft delete table netdev bench_cut';
/** Longest that something stays broken where this process is gone. */
const healsAfter = '3min';

function broken(name: string, inject: (contender: Contender) => string, heal: (contender: Contender) => string): Fault {
  return {
    name,
    inject: async (bench, contender, node) => {
      const unit = `bench-heal-${name}`;
      bench.on(
        node,
        `systemctl stop ${unit}.timer 2>/dev/null; systemd-run --quiet --collect --on-active=${healsAfter} --unit=${unit} /bin/sh -c '${heal(contender)}'
${inject(contender)}`,
      );
    },
    heal: async (bench, contender, node) => {
      bench.on(node, `systemctl stop bench-heal-${name}.timer; ${heal(contender)}; true`);
    },
  };
}

/** As the drills of these names do it. The server is the program in which the clients' connections end. */
export const faults: readonly Fault[] = [
  {
    name: 'node-lost',
    inject: async (bench, _, node) => {
      await labPowerOff(bench.lab, node);
    },
    heal: async (bench, _, node) => {
      await labPowerOn(bench.lab, node);
    },
  },
  broken(
    'server-killed',
    ({ server }) => `systemctl kill -s KILL --kill-who=all ${server}`,
    () => 'true',
  ),
  broken(
    'server-hung',
    ({ server }) => `systemctl kill -s STOP --kill-who=all ${server}`,
    ({ server }) => `systemctl kill -s CONT --kill-who=all ${server}`,
  ),
  broken(
    'isolated',
    () => cutOff,
    () => cutOffHealed,
  ),
];
