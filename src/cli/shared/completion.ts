import { readdirSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { findingIds } from '../../core/findings/index.ts';

/** Adds `completion SHELL`, and the hidden `complete` that the shells call. Commands must all be there before. */
export function addCompletion(program: Command): void {
  const { commands } = tab(program, { completionCommandName: 'completion' });
  for (const { arguments: named } of commands.values())
    for (const [name, argument] of named) {
      if (/^(file|paths|more)$/.test(name))
        argument.handler = (complete) => {
          for (const path of pathsLike(process.argv.at(-1) ?? '')) complete(path, '');
        };
      if (name === 'id')
        argument.handler = (complete) => {
          for (const id of findingIds) complete(id, '');
        };
    }
  const command = program.commands.find((one) => one.name() === 'completion');
  command
    ?.description('print the script that completes commands and options in your shell')
    .addHelpText(
      'after',
      '\nExamples:\n  source <(k8s-ha completion bash)                                        in ~/.bashrc\n  k8s-ha completion zsh > "${fpath[1]}/_k8s-ha"\n  k8s-ha completion fish > ~/.config/fish/completions/k8s-ha.fish',
    );
  program.commands
    .find((one) => one.name() === 'complete')
    ?.addHelpText('after', '\nExample:\n  k8s-ha complete -- check --o      what a shell asks; see k8s-ha completion');
}

/** Files and folders that begin like this; folders end in a slash. */
function pathsLike(begun: string): string[] {
  const folder = begun.replace(/[^/]*$/, '');
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && `${folder}${name}`.startsWith(begun))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .toSorted();
  } catch {
    // Nothing to complete in what is no folder.
    return [];
  }
}
