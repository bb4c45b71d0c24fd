import { parseAddress } from '../../core/ip.ts';
import { parseDuration } from '../../core/duration.ts';
import { clusterFile } from './schema.ts';

/** What `init` must know; everything else has a default. */
export interface InitAnswers {
  readonly name: string;
  readonly virtualIPs: readonly string[];
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly secondAddress?: string }[];
  readonly target?: string;
  readonly dnsName?: string;
  readonly sshUser?: string;
  /** Only where it is not kubeadm's 6443. */
  readonly apiServerPort?: number;
  /** Further keys of `apiServer`, where they are not kubeadm's. */
  readonly apiServer?: Readonly<Record<string, string>>;
}

/** One question of `init`, for a prompt or a flag. `validate` returns what is wrong, in a sentence, or nothing. */
export interface Question {
  readonly key: Exclude<keyof InitAnswers, 'apiServerPort' | 'apiServer'>;
  readonly message: string;
  readonly placeholder: string;
  readonly optional: boolean;
  readonly validate: (text: string | undefined) => string | undefined;
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** `172.16.100.100, 172.16.100.101` as a list. */
export function parseAddresses(text: string): string[] {
  return words(text);
}

/**
 * `cp1=172.16.217.171, 172.16.217.172` as nodes; without a name they are called cp1, cp2, …. `10.0.0.11+fd00::11` has an
 * address of either family.
 */
export function parseNodes(text: string): InitAnswers['nodes'] {
  return words(text).map((word, i) => {
    const [first = '', ...rest] = word.split('=');
    const [name, text] = rest.length === 0 ? [`cp${i + 1}`, first] : [first, rest.join('=')];
    const [address = '', ...second] = text.split('+');
    return { name, address, ...(second.length > 0 && { secondAddress: second.join('+') }) };
  });
}

const { name: nameSchema, endpoint, nodes, ssh } = clusterFile.shape;

export const questions: readonly Question[] = [
  {
    key: 'name',
    message: 'Name of the cluster',
    placeholder: 'prod',
    optional: false,
    validate: (text = '') =>
      nameSchema.safeParse(text).success ? undefined : 'Small letters, digits and hyphens, please.',
  },
  {
    key: 'virtualIPs',
    message: 'Virtual IP addresses (VIPs) of the Kubernetes API: free, in the network of the nodes',
    placeholder: '172.16.100.100, 172.16.100.101',
    optional: false,
    validate: (text = '') =>
      addressProblem(parseAddresses(text)) ?? listProblem(endpoint.shape.virtualIPs, parseAddresses(text)),
  },
  {
    key: 'nodes',
    message: 'Control-plane nodes, the preferred one first',
    placeholder: 'cp1=172.16.217.171, cp2=172.16.217.172, cp3=172.16.217.173',
    optional: false,
    validate: (text = '') =>
      addressProblem(
        parseNodes(text).flatMap(({ address, secondAddress }) => [
          address,
          ...(secondAddress === undefined ? [] : [secondAddress]),
        ]),
      ) ?? listProblem(nodes, parseNodes(text)),
  },
  {
    key: 'target',
    message: 'Outage that you accept when a node is lost',
    placeholder: '500ms',
    optional: true,
    validate: (text = '') => {
      if (text === '') return undefined;
      const parsed = parseDuration(text);
      return parsed.ok ? undefined : 'A number with a unit, please: 500ms, 2s.';
    },
  },
  {
    key: 'dnsName',
    message: 'DNS name of the API, if there is one',
    placeholder: 'api.example.com',
    optional: true,
    validate: (text = '') =>
      text === '' || (endpoint.shape.dnsName.safeParse(text).success && !parseAddress(text))
        ? undefined
        : 'A DNS name, please, or nothing.',
  },
  {
    key: 'sshUser',
    message: 'Login on the nodes (empty: what your ssh configuration says)',
    placeholder: 'root',
    optional: true,
    validate: (text = '') =>
      text === '' || ssh.unwrap().shape.user.safeParse(text).success ? undefined : 'A login name, please, or nothing.',
  },
];

function addressProblem(addresses: readonly string[]): string | undefined {
  const wrong = addresses.find((address) => !parseAddress(address));
  return wrong === undefined ? undefined : `${wrong} is not an IP address.`;
}

interface Judged {
  readonly safeParse: (value: unknown) => { readonly success: boolean };
}

function listProblem(schema: Judged, values: readonly unknown[]): string | undefined {
  if (values.length === 0) return 'At least one, please.';
  return schema.safeParse(values).success
    ? undefined
    : 'One to nine, with names of small letters, digits and hyphens, please.';
}

/** A commented, minimal cluster file. It loads without errors when every answer passed its question's `validate`. */
export function initFile({
  name,
  virtualIPs,
  nodes,
  target,
  dnsName,
  sshUser,
  apiServerPort = 6443,
  apiServer = {},
}: InitAnswers): string {
  const unusual = [
    ...(apiServerPort === 6443 ? [] : [`  port: ${apiServerPort}`]),
    ...Object.entries(apiServer).map(([key, value]) => `  ${key}: ${scalar(value)}`),
  ];
  return [
    '# The cluster, for k8s-ha. Check it with `k8s-ha check`; every key: docs/reference/cluster-file.md',
    `name: ${scalar(name)}`,
    'endpoint:',
    '  # Virtual IP addresses (VIPs) of the Kubernetes API: free, and in the network of the nodes.',
    `  virtualIPs: [${virtualIPs.map(scalar).join(', ')}]`,
    `  # HAProxy listens here on every node; the API servers keep ${apiServerPort}.`,
    '  port: 7443',
    ...(given(dnsName) ? [`  dnsName: ${scalar(dnsName)}`] : []),
    '# Control-plane nodes, the preferred one first.',
    'nodes:',
    ...nodes.map(({ secondAddress, ...node }) => {
      const second = secondAddress === undefined ? '' : `, secondAddress: ${scalar(secondAddress)}`;
      return `  - { name: ${scalar(node.name)}, address: ${scalar(node.address)}${second} }`;
    }),
    ...(unusual.length === 0 ? [] : ['apiServer:', ...unusual]),
    'failover:',
    '  # The outage that you accept when a node is lost; every timer is computed from it.',
    `  target: ${scalar(given(target) ? target : '500ms')}`,
    ...(given(sshUser) ? ['ssh:', `  user: ${scalar(sshUser)}`] : []),
    '',
  ].join('\n');
}

function given(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Plain where YAML reads it back as the same text, quoted otherwise (`true`, `1`, `fd00::1`). */
function scalar(text: string): string {
  return /^[A-Za-z0-9/][\w./-]*$/.test(text) && !/^(?:[\d.+-]|true$|false$|null$)/i.test(text)
    ? text
    : plainIpv4(text)
      ? text
      : JSON.stringify(text);
}

function plainIpv4(text: string): boolean {
  return parseAddress(text)?.family === 'ipv4' || /^\d+(?:ms|s|m|h)$/.test(text);
}
