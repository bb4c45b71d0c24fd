import { addressesOf, type ClusterSpec } from '../../../cluster/spec.ts';
import type { SegmentSeen } from '../../../cluster/state.ts';
import { quoteAll } from '../../../core/command.ts';
import { parseAddress } from '../../../core/ip.ts';
import type { Observed } from '../../../core/observed.ts';

/** Shell: on which way the node would send to each node, itself included. Asked after the ports, which makes the kernel look for them. */
export function segmentSection(spec: ClusterSpec): string {
  return `routes() {
    for k8s_address in ${quoteAll(spec.nodes.flatMap(addressesOf))}; do
        ip -o route get "$k8s_address" 2>/dev/null
    done
    return 0
}
emit routes routes
`;
}

/** More lines than any cluster has addresses of nodes. */
const mostLines = 1000;

/** `ip route get`: `10.0.0.5 via 10.1.0.1 dev eth0 src …`; the router may be of the other family (`via inet6 fe80::1`). */
export function segmentOf(routes: string | undefined, silent: Observed<readonly string[]>): SegmentSeen | undefined {
  if (routes === undefined) return undefined;
  const found = routes.split('\n', mostLines).flatMap((line) => {
    const [, to = '', router = ''] =
      /^([0-9A-Fa-f.:]{2,45}) (?:from \S{1,50} )?via (?:inet6? )?([0-9A-Fa-f.:]{2,45}) /.exec(line) ?? [];
    const [address, by] = [parseAddress(to)?.text, parseAddress(router)?.text];
    return address === undefined || by === undefined ? [] : [[address, by] as const];
  });
  return { routers: Object.fromEntries(found), silent: silent.known ? silent.value : [] };
}
