import { existsSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { Command } from 'commander';
import type { Discovered, InitAnswers, Question } from '../../index.ts';
import { defaultFile, globalOptions, tellFindings } from '../shared/context.ts';
import { fileArgument } from '../shared/options.ts';
import { print, tell } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';
import { writing } from '../shared/write.ts';

/** What the flags say, as text; the same questions are asked for what they leave out. */
type Given = Partial<Record<Question['key'], string>>;

export function initCommand(): Command {
  return new Command('init')
    .description('write a cluster file: asks on a terminal, takes flags, or asks running nodes')
    .addArgument(fileArgument())
    .option('--name <name>', 'name of the cluster')
    .option('--virtual-ips <list>', 'floating addresses, separated by commas')
    .option(
      '--nodes <list>',
      'control-plane nodes: NAME=ADDRESS, separated by commas; dual stack: NAME=ADDRESS+ADDRESS',
    )
    .option('--from <ssh://hosts>', 'ask running nodes for names, addresses and the endpoint: ssh://cp1,cp2,cp3')
    .option('--target <duration>', 'outage that you accept when a node is lost')
    .option('--dns-name <name>', 'DNS name of the API')
    .option('--ssh-user <user>', 'login on the nodes')
    .option('--force', 'replace the file if it exists', false)
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha init\n  k8s-ha init prod.yaml --name prod --virtual-ips 172.16.100.100 --nodes cp1=172.16.217.171,cp2=172.16.217.172,cp3=172.16.217.173\n  k8s-ha init prod.yaml --from ssh://root@cp1,cp2,cp3 --name prod --virtual-ips 172.16.100.100',
    )
    .action(async (file: string, flags: Record<string, string | boolean | undefined>, command: Command) => {
      if (existsSync(file) && flags['force'] !== true)
        throw new UsageError(`${file} exists already`, 'Name another file, or say --force to replace it.');
      const { initFile, parseAddresses, parseNodes } = await import('../../index.ts');
      const { questions } = await import('../../index.ts');
      const found = await discovered(flags, globalOptions(command).sshConfig);
      if (!found) {
        process.exitCode = 1;
        return;
      }
      const given: Given = { ...found.given };
      for (const { key } of questions) {
        const said = flags[flagOf[key]];
        if (typeof said === 'string') given[key] = said;
      }
      const answers = await complete(given);
      if (!answers) {
        process.exitCode = 130;
        return;
      }
      const { name = '', virtualIPs = '', nodes = '', ...rest } = answers;
      const text = initFile({
        name,
        virtualIPs: parseAddresses(virtualIPs),
        nodes: parseNodes(nodes),
        ...rest,
        ...found.port,
      });
      writing(file, () => writeFileSync(file, text));
      print(`${file} is written. Next: k8s-ha check${file === defaultFile ? '' : ` ${file}`}`);
    });
}

/** What running nodes say; flags and answers come before it. Undefined when a node did not answer. */
async function discovered(
  { from, virtualIps }: Record<string, string | boolean | undefined>,
  configFile: string | undefined,
): Promise<{ given: Given; port: ApiServerFound } | undefined> {
  if (typeof from !== 'string') return { given: {}, port: {} };
  const { discover, hostsFromUrl } = await import('../../index.ts');
  const hosts = hostsFromUrl(from, { configFile }) ?? [];
  if (hosts.length === 0)
    throw new UsageError(`"${from}" names no nodes`, 'Write ssh://cp1,cp2,cp3 or ssh://root@10.0.0.11,10.0.0.12.');
  try {
    const { nodes, findings } = await discover(hosts);
    await tellFindings(findings);
    if (findings.length > 0) return undefined;
    for (const { name, address, endpoint } of nodes)
      tell(`found ${name}, ${address ?? ''}${endpoint === undefined ? '' : `, endpoint ${endpoint}`}`);
    if (nodes.some(({ apiServer }) => apiServer?.['healthAuth'] !== undefined))
      tell('its API servers refuse anonymous requests: health checks will log in by a client certificate');
    const user = /^ssh:\/\/([\w.-]+)@/.exec(from)?.[1];
    return {
      given: { ...fromNodes(nodes, virtualIps), ...(user !== undefined && { sshUser: user }) },
      port: apiServerOf(nodes),
    };
  } finally {
    await Promise.all(hosts.map(async (host) => host.close()));
  }
}

/** An endpoint that is an address of none of the nodes is a VIP; one that is a name is the DNS name. */
function fromNodes(nodes: readonly Discovered[], said: string | boolean | undefined): Given {
  const host = nodes
    .find(({ endpoint }) => endpoint !== undefined)
    ?.endpoint?.replace(/:\d+$/, '')
    .replaceAll(/[[\]]/g, '');
  const isAddress = host !== undefined && /^[\d.]+$|:/.test(host);
  const virtualIPs = isAddress && !nodes.some(({ address }) => address === host) ? host : undefined;
  const vips = (typeof said === 'string' ? said : (virtualIPs ?? '')).split(/[\s,]+/).filter((vip) => isIP(vip) !== 0);
  /** A second address is of use only for a VIP of its family. */
  const second = ({ address = '', secondAddress }: Discovered): string =>
    secondAddress !== undefined && vips.some((vip) => isIP(vip) !== isIP(address)) ? `+${secondAddress}` : '';
  return {
    nodes: nodes.map((node) => `${node.name}=${node.address ?? ''}${second(node)}`).join(','),
    ...(host !== undefined && !isAddress && { dnsName: host }),
    ...(virtualIPs !== undefined && { virtualIPs }),
  };
}

/** What running API servers say of themselves, where it is not as kubeadm makes them. */
type ApiServerFound = Pick<InitAnswers, 'apiServerPort' | 'apiServer'>;

function apiServerOf(nodes: readonly Discovered[]): ApiServerFound {
  const port = nodes.find(({ apiServerPort }) => apiServerPort !== undefined)?.apiServerPort;
  const keys = nodes.reduce<Readonly<Record<string, string>>>((all, { apiServer }) => ({ ...all, ...apiServer }), {});
  return {
    ...(port !== undefined && { apiServerPort: port }),
    ...(Object.keys(keys).length > 0 && { apiServer: keys }),
  };
}

const flagOf: Readonly<Record<Question['key'], string>> = {
  name: 'name',
  virtualIPs: 'virtualIps',
  nodes: 'nodes',
  target: 'target',
  dnsName: 'dnsName',
  sshUser: 'sshUser',
};

/** Checks what the flags say and asks for the rest; undefined when the operator left. */
async function complete(given: Given): Promise<Given | undefined> {
  const { questions } = await import('../../index.ts');
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const answers: Given = { ...given };
  for (const { key, message, placeholder, optional, validate } of questions) {
    const flag = `--${flagOf[key].replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const said = answers[key];
    if (said !== undefined) {
      const problem = validate(said);
      if (problem !== undefined) throw new UsageError(`${flag} ${said}: ${problem}`);
      continue;
    }
    if (!terminal) {
      if (optional) continue;
      throw new UsageError(
        `${flag} is missing, and there is no terminal to ask on`,
        `For example: ${flag} ${placeholder}`,
      );
    }
    const prompts = await import('@clack/prompts');
    const answer = await prompts.text({ message, placeholder, ...(optional ? { defaultValue: '' } : {}), validate });
    if (prompts.isCancel(answer)) return undefined;
    if (answer !== '') answers[key] = answer;
  }
  return answers;
}
