import * as z from 'zod';
import { succeeded, type Command } from '../../core/command.ts';
import { familyOf, parseAddress } from '../../core/ip.ts';
import type { Finding } from '../../core/finding.ts';
import { forms, wholeNumber } from '../../node/said.ts';
import type { Host } from '../../host/host.ts';
import { profileOf, profileSections } from './kubernetes/profile.ts';
import { parseSections, sectionsCommand, type Sections } from './sections.ts';

/** What a running node says of itself, as far as a cluster file needs it. */
export interface Discovered {
  readonly name: string;
  /**
   * Where the API server is advertised; without one, the first address of the interface with the default route; without
   * that, where the operator's ssh arrived.
   */
  readonly address: string | undefined;
  /** Of the other family, on the same interface, where there is one. */
  readonly secondAddress?: string;
  /** The API server's port, where kubeadm has made one. */
  readonly apiServerPort: number | undefined;
  /** What the cluster file must say of its API server beside the port, by key: where it is not as kubeadm makes it. */
  readonly apiServer?: Readonly<Record<string, string>>;
  /** kubeadm's controlPlaneEndpoint, where there is one: `api.example.com:6443`. */
  readonly endpoint: string | undefined;
}

const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';

function discoverCommand(): Command {
  return sectionsCommand(
    'ask the node what it is',
    '',
    `emit hostname uname -n
emit addresses ip -j address show
emit ssh printenv SSH_CONNECTION
emit route ip -j route show default
emit route6 ip -j -6 route show default
[ -f ${manifest} ] && emit manifest cat ${manifest}
${profileSections}[ -f /etc/kubernetes/admin.conf ] && command -v kubectl >/dev/null && emit kubeadm kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=3s -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}'
:
`,
  );
}

const links = z.array(
  z.object({
    ifname: z.string().default(''),
    addr_info: z
      .array(
        z.object({
          local: z.string().default(''),
          scope: z.string().default(''),
          prefixlen: z.number().default(0),
          temporary: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
);

/** An address that stays with the machine: no VIP (/32, /128), none of the ones that change for privacy (RFC 8981). */
function isOwn({ local, scope, prefixlen, temporary }: z.infer<typeof links>[number]['addr_info'][number]): boolean {
  return scope === 'global' && !temporary && prefixlen < (familyOf(local) === 'ipv6' ? 128 : 32);
}

const routes = z.array(z.object({ dev: z.string().default('') }));

function json<T>(sections: Sections, name: string, schema: z.ZodType<T[]>): T[] {
  const section = sections.get(name);
  if (section?.rc !== 0) return [];
  try {
    return schema.safeParse(JSON.parse(section.text)).data ?? [];
  } catch {
    return [];
  }
}

/** Reads what `discoverCommand` printed. A flag of the API server that is not there has kubeadm's default. */
export function parseDiscovered(output: string): Discovered | undefined {
  const sections = parseSections(output);
  const name = sections.get('hostname')?.text.trim().split('.')[0]?.toLowerCase() ?? '';
  if (!forms.hostName.test(name)) return undefined;
  // What runs counts before what is to run.
  const said = ['api-flags', 'manifest'].flatMap((section) => {
    const found = sections.get(section);
    return found?.rc === 0 ? [found.text] : [];
  });
  const apiServer = said.length === 0 ? undefined : said.join('\n');
  const flag = (wanted: string): string | undefined =>
    new RegExp(`--${wanted}=(\\S+)`).exec(apiServer ?? '')?.[1]?.replaceAll(/["']/g, '');
  const profile = profileOf(flag, (section) => sections.get(section));
  const advertised = flag('advertise-address');
  const device = [...json(sections, 'route', routes), ...json(sections, 'route6', routes)].at(0)?.dev;
  const all = json(sections, 'addresses', links);
  const there = all.find(({ ifname }) => ifname === device)?.addr_info ?? [];
  const first = (there.find(isOwn) ?? there.find(({ scope }) => scope === 'global'))?.local;
  // Client's address and port, then the node's own.
  const reached = sections.get('ssh')?.rc === 0 ? sections.get('ssh')?.text.split(' ')[2] : undefined;
  const kubeadm = sections.get('kubeadm');
  const endpoint = kubeadm?.rc === 0 ? /^controlPlaneEndpoint: *["']?([^"'\s]+)/m.exec(kubeadm.text)?.[1] : undefined;
  const address = [advertised, first, reached].find((one) => one !== undefined && parseAddress(one) !== undefined);
  const second = all
    .find(({ addr_info }) => addr_info.some(({ local }) => local === address))
    ?.addr_info.find(
      (entry) =>
        isOwn(entry) && familyOf(entry.local) !== familyOf(address ?? '') && parseAddress(entry.local) !== undefined,
    )?.local;
  return {
    name,
    address,
    ...(second !== undefined && { secondAddress: second }),
    apiServerPort: apiServer === undefined ? undefined : portOf(flag('secure-port') ?? '6443'),
    ...(Object.keys(profile).length > 0 && { apiServer: profile }),
    endpoint: endpoint !== undefined && forms.endpoint.test(endpoint) ? endpoint : undefined,
  };
}

function portOf(text: string): number | undefined {
  const port = wholeNumber(text) ?? 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Asks running nodes what they are; one that does not say is a finding. */
export async function discover(
  hosts: readonly Host[],
): Promise<{ readonly nodes: readonly Discovered[]; readonly findings: readonly Finding[] }> {
  const answers = await Promise.all(
    hosts.map(async (host): Promise<Discovered | Finding> => {
      const result = await host.run(discoverCommand());
      const found = succeeded(result) ? parseDiscovered(result.stdout) : undefined;
      if (found?.address !== undefined) return found;
      return {
        rule: 'node-not-discovered',
        severity: 'error',
        node: host.name,
        message:
          result.failure?.message ?? (result.stderr.trim() || 'it did not say its name and an address of its own'),
        suggestion: result.failure?.suggestion ?? 'Name it by hand: --nodes NAME=ADDRESS,…',
      };
    }),
  );
  return {
    nodes: answers.filter((answer): answer is Discovered => 'name' in answer),
    findings: answers.filter((answer): answer is Finding => 'rule' in answer),
  };
}
