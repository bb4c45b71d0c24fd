/** A node of the benchmark's lab. */
export interface BenchNode {
  readonly name: string;
  readonly address: string;
  /** 0 for the node that the documentation calls the first, or master. */
  readonly index: number;
}

/** Files of one node, by path. Executable where the path has no extension. */
export type Files = Readonly<Record<string, string>>;

/** A configuration to be measured: written by this project from the documented timers (docs/benchmarks.md has the sources). */
export interface Setup {
  readonly name: string;
  readonly summary: string;
  readonly files: (node: BenchNode, nodes: readonly BenchNode[]) => Files;
}

export const folder = '/etc/bench';
export const vip = '172.16.100.100';
export const port = 7443;

/** A vrrp_instance with what all of them have in common. */
export function instance(lines: readonly string[]): string {
  return ['vrrp_instance VI_1 {', '    interface eth0', '    virtual_router_id 51', ...lines, '}', ''].join('\n');
}

export function address(): string {
  return `    virtual_ipaddress {\n        ${vip}/32 dev eth0\n    }`;
}

export function unicast(node: BenchNode, nodes: readonly BenchNode[]): string {
  return `    unicast_src_ip ${node.address}\n    unicast_peer {\n${nodes
    .filter(({ name }) => name !== node.name)
    .map((peer) => `        ${peer.address}`)
    .join('\n')}\n    }`;
}

/** haproxy.cfg: a TCP frontend and a backend with the given lines. */
export function haproxy(
  nodes: readonly BenchNode[],
  { defaults, backend, server }: { defaults: readonly string[]; backend: readonly string[]; server: string },
): string {
  return [
    'global',
    '    log /dev/log local0 warning',
    '    maxconn 4000',
    '    stats socket /run/bench-haproxy.sock mode 600',
    'defaults',
    '    mode tcp',
    '    log global',
    ...defaults.map((line) => `    ${line}`),
    'frontend apiserver',
    `    bind *:${port}`,
    '    default_backend apiservers',
    'backend apiservers',
    ...backend.map((line) => `    ${line}`),
    ...nodes.map(({ name, address: ip }) => `    server ${name} ${ip}:6443 ${server}`),
    '',
  ].join('\n');
}
