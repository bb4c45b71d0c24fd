import { Command } from 'commander';
import { outputOption } from '../shared/options.ts';
import { print } from '../shared/output.ts';
import type { OutputFormat } from '../shared/context.ts';
import { UsageError } from '../shared/usage.ts';

export function explainCommand(): Command {
  return new Command('explain')
    .description('explain a finding: what happens if it stays, and what to do')
    .argument('[id]', 'what stands in brackets before a finding; without it, all are listed')
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha explain split-brain\n  k8s-ha explain                     every finding there is\n  k8s-ha explain vip-taken -o json | jq -r .remedy\n\nK8S_HA_DOCS is the address of the documentation site (npm run docs:site), which is then named below.',
    )
    .action(async (id: string | undefined, { output }: { output: OutputFormat }) =>
      print(await explanation(id, output)),
    );
}

/**
 * What is printed of a finding, or of all of them.
 * @throws UsageError for an id that there is not
 */
export async function explanation(id: string | undefined, output: OutputFormat): Promise<string> {
  const { explainListText, explainText, findingPages, nearest } = await import('../../index.ts');
  if (id === undefined) return output === 'json' ? json(findingPages) : explainListText(findingPages);
  const wanted = idIn(id);
  const page = findingPages.find((one) => one.id === wanted);
  if (page) return output === 'json' ? json(page) : explainText(page, process.env['K8S_HA_DOCS']);
  const near = nearest(
    wanted,
    findingPages.map((one) => one.id),
  );
  throw new UsageError(
    `there is no finding "${id}"`,
    near === undefined ? 'Run `k8s-ha explain` for all of them.' : `Did you mean "${near}"?`,
  );
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

/** The id in `error[split-brain]`, as it is copied from a terminal; any other text is the id itself. */
function idIn(text: string): string {
  return /^(?:(?:error|warning|info)?\[)([a-z-]+)\]$/.exec(text)?.[1] ?? text;
}
