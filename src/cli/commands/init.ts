import { existsSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import type { InitAnswers } from '../../index.ts';
import { defaultFile } from '../context.ts';
import { fileArgument } from '../options.ts';
import { print } from '../output.ts';
import { UsageError } from '../usage.ts';

/** What the flags say, as text; the same questions are asked for what they leave out. */
type Given = Partial<Record<keyof InitAnswers, string>>;

export const initCommand = (): Command =>
  new Command('init')
    .description('write a cluster file: asks on a terminal, or takes flags')
    .addArgument(fileArgument())
    .option('--name <name>', 'name of the cluster')
    .option('--virtual-ips <list>', 'floating addresses, separated by commas')
    .option('--nodes <list>', 'control-plane nodes: NAME=ADDRESS, separated by commas')
    .option('--target <duration>', 'outage that you accept when a node is lost')
    .option('--dns-name <name>', 'DNS name of the API')
    .option('--ssh-user <user>', 'login on the nodes')
    .option('--force', 'replace the file if it exists', false)
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha init\n  k8s-ha init prod.yaml --name prod --virtual-ips 172.16.100.100 --nodes cp1=172.16.217.171,cp2=172.16.217.172,cp3=172.16.217.173',
    )
    .action(async (file: string, flags: Record<string, string | boolean | undefined>) => {
      if (existsSync(file) && flags['force'] !== true)
        throw new UsageError(`${file} exists already`, 'Name another file, or say --force to replace it.');
      const { initFile, parseAddresses, parseNodes } = await import('../../index.ts');
      const { questions } = await import('../../index.ts');
      const given: Given = {};
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
      writeFileSync(
        file,
        initFile({ name, virtualIPs: parseAddresses(virtualIPs), nodes: parseNodes(nodes), ...rest }),
      );
      print(`${file} is written. Next: k8s-ha check${file === defaultFile ? '' : ` ${file}`}`);
    });

const flagOf: Readonly<Record<keyof InitAnswers, string>> = {
  name: 'name',
  virtualIPs: 'virtualIps',
  nodes: 'nodes',
  target: 'target',
  dnsName: 'dnsName',
  sshUser: 'sshUser',
};

/** Checks what the flags say and asks for the rest; undefined when the operator left. */
const complete = async (given: Given): Promise<Given | undefined> => {
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
};
