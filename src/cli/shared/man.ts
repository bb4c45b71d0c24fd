import type { Command } from 'commander';

/** Text as roff wants it: a backslash, a hyphen that is one, and no line that begins with a control character. */
function roff(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll(/^([.'])/gm, String.raw`\&$1`);
}

function options(command: Command): string[] {
  return command.options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ flags, description, argChoices, defaultValue }) => {
      const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
      const shown = typeof defaultValue === 'string' ? `; default: ${defaultValue}` : '';
      return ['.TP', `.B ${roff(flags)}`, roff(`${description}${choices}${shown}`)];
    });
}

function subcommands(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

/** A command's section, and those of its subcommands. */
function section(command: Command, path: string): string[] {
  const name = `${path} ${command.name()}`;
  const usage = command.usage().replaceAll(/\s*\[command\]/g, '');
  return [
    `.SS ${roff(name)} ${roff(usage)}`,
    roff(command.description()),
    ...options(command),
    ...subcommands(command).flatMap((child) => section(child, name)),
  ];
}

/** The man page k8s-ha(1), from the commands as they are: it cannot be out of date. man(7). */
export function manPage(program: Command): string {
  return [
    `.TH K8S\\-HA 1 "" "k8s\\-ha ${roff(program.version() ?? '')}" "User Commands"`,
    '.SH NAME',
    `k8s\\-ha \\- ${roff(program.description())}`,
    '.SH SYNOPSIS',
    '.B k8s\\-ha',
    '[options] command [arguments]',
    '.SH OPTIONS',
    ...options(program),
    '.SH COMMANDS',
    ...subcommands(program).flatMap((command) => section(command, program.name())),
    '.SH EXIT STATUS',
    '0: fine. 1: findings, or a failed gate or drill. 2: wrong usage. 130: interrupted.',
    '.SH ENVIRONMENT',
    '.TP',
    '.B K8S_HA_SSH_CONFIG',
    "ssh's configuration file, as with \\-\\-ssh\\-config.",
    '.TP',
    '.B NO_COLOR',
    'No colours, also on a terminal.',
    '.SH FILES',
    '.TP',
    '.I k8s\\-ha.yaml',
    'The cluster file that is used when none is named.',
    '.TP',
    '.I /etc/k8s\\-ha/, /run/k8s\\-ha/, /var/lib/k8s\\-ha/',
    'On the nodes: configuration, state, file sets for a rollback.',
    '.SH SEE ALSO',
    'keepalived.conf(5), haproxy(1), ssh_config(5)',
    '',
  ].join('\n');
}
