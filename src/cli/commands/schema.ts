import { Command } from 'commander';
import { printJson } from '../shared/output.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of the cluster file, for editors')
    .addHelpText(
      'after',
      '\nExample:\n  k8s-ha schema > k8s-ha.schema.json\n  # then, as the first line of the cluster file:\n  # yaml-language-server: $schema=./k8s-ha.schema.json',
    )
    .action(async () => {
      const { jsonSchema } = await import('../../index.ts');
      printJson(jsonSchema());
    });
}
