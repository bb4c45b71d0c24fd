import { z } from 'zod';
import type { Bench } from '../../test/e2e/support/bench.ts';

const flags =
  'ETCDCTL_API=3 ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/etcd/healthcheck-client.crt ETCDCTL_KEY=/etc/kubernetes/pki/etcd/healthcheck-client.key';

const endpoints = z.array(
  z.object({
    Endpoint: z.string(),
    // Ids have 64 bits; as texts in the source they would be exact, as numbers they are near enough to be compared with each other.
    Status: z.object({ leader: z.number(), header: z.object({ member_id: z.number() }) }),
  }),
);

/** etcd's own election would hide how fast the address moves: the node that is broken never leads etcd. */
export function moveEtcdLeaderFrom(bench: Bench, node: string): void {
  const found = endpoints.parse(JSON.parse(bench.on(node, `${flags} etcdctl endpoint status --cluster -w json`)));
  const leader = found.find(({ Status }) => Status.leader === Status.header.member_id);
  const address = bench.state.nodes.find(({ name }) => name === node)?.address ?? '';
  if (leader?.Endpoint.includes(address) !== true) return;
  const other = bench.state.nodes.find(({ name }) => name !== node)?.name;
  const id = bench.on(node, `${flags} etcdctl member list | grep ' ${other},' | cut -d, -f1`);
  bench.on(node, `${flags} etcdctl move-leader ${id.split('\n')[0]}`);
}
