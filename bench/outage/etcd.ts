import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../../test/e2e/support/bench.ts';

interface Member {
  readonly node: string;
  readonly id: string;
  readonly leads: boolean;
}

/** Of one that has just started and does not answer yet, the id is empty. */
function memberOf(bench: Bench, node: string): Member {
  // 127.0.0.1:2379, 8e9e05c52164694d, 3.4.23, 20 kB, true, …: the fifth says whether it leads.
  const said = bench.on(node, 'ETCDCTL_API=3 etcdctl endpoint status -w simple 2>/dev/null || true');
  const [, id = '', , , leads] = said.split(', ');
  return { node, id, leads: leads === 'true' };
}

const tries = 20;

/**
 * Has another node than this lead etcd.
 * @throws Error when etcd does not come to that
 */
export async function leadElsewhere(bench: Bench, node: string): Promise<void> {
  for (let i = 0; i < tries; i += 1) {
    const members = bench.state.nodes.map(({ name }) => memberOf(bench, name));
    const leader = members.find(({ leads }) => leads);
    const other = members.find((member) => member.node !== node && member.id !== '');
    if (leader && other && leader.node !== node) return;
    if (leader && other) bench.on(node, `ETCDCTL_API=3 etcdctl move-leader ${other.id}`);
    await sleep(500);
  }
  throw new Error(`${node} leads etcd, and no other node takes that over`);
}
