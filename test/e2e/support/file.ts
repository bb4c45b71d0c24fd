/** A cluster file of the lab's machines in parts, so that a test can change one of them. */
export interface Settings {
  readonly name: string;
  readonly target: string;
  readonly vips: readonly string[];
  readonly nodes: readonly string[];
  readonly endpoint: readonly string[];
  readonly rest: readonly string[];
}

/** A machine of the lab, as a line of `nodes`. */
export function machine(number: number, more: { readonly name?: string; readonly priority?: number } = {}): string {
  const { name = `cp${number}`, priority } = more;
  return `{ name: ${name}, address: 172.16.217.17${number}${priority === undefined ? '' : `, priority: ${priority}`} }`;
}

export function machines(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => machine(number));
}

export const defaults: Settings = {
  name: 'tutorial',
  target: '500ms',
  vips: ['172.16.100.100', '172.16.100.101'],
  nodes: machines(1, 2, 3),
  endpoint: [],
  rest: [],
};

export function fileText({ name, target, vips, nodes, endpoint, rest }: Settings): string {
  return [
    `name: ${name}`,
    'endpoint:',
    `  virtualIPs: [${vips.join(', ')}]`,
    ...endpoint.map((line) => `  ${line}`),
    'nodes:',
    ...nodes.map((node) => `  - ${node}`),
    'ssh:',
    '  user: root',
    'failover:',
    `  target: ${target}`,
    ...rest,
    '',
  ].join('\n');
}
