import { Command, Option } from 'commander';
import { applyCommand } from './commands/apply.ts';
import { certificatesCommand } from './commands/certificates.ts';
import { checkCommand } from './commands/check.ts';
import { downCommand } from './commands/down.ts';
import { drainCommand, undrainCommand } from './commands/drain.ts';
import { drillCommand } from './commands/drill.ts';
import { etcdCommand } from './commands/etcd.ts';
import { eventsCommand } from './commands/events.ts';
import { explainCommand } from './commands/explain.ts';
import { exporterCommand } from './commands/exporter.ts';
import { historyCommand } from './commands/history.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { kubeadmCommand } from './commands/kubeadm.ts';
import { kubeconfigCommand } from './commands/kubeconfig.ts';
import { labCommand } from './commands/lab.ts';
import { migrateCommand } from './commands/migrate.ts';
import { planCommand } from './commands/plan.ts';
import { predictCommand } from './commands/predict.ts';
import { removeCommand } from './commands/remove.ts';
import { renderCommand } from './commands/render.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { schemaCommand } from './commands/schema.ts';
import { soakCommand } from './commands/soak.ts';
import { spreadCommand } from './commands/spread.ts';
import { statusCommand } from './commands/status.ts';
import { uiCommand } from './commands/ui.ts';
import { upCommand } from './commands/up.ts';
import { upgradeCommand } from './commands/upgrade.ts';
import { version } from './shared/version.ts';

/**
 * The whole command line. Commands import what they do only when they run, so that `check` answers at once.
 * @param first the first word of the command line: when it names a command, completion is not needed and not loaded
 */
export async function buildProgram(first?: string): Promise<Command> {
  const program = new Command('k8s-ha')
    .description(
      'One API address for a self-managed Kubernetes cluster that survives the loss of any machine or process, and proves it.',
    )
    .version(version)
    .addOption(
      new Option('--ssh-config <file>', "ssh's configuration file instead of your own (ssh -F)").env(
        'K8S_HA_SSH_CONFIG',
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  k8s-ha init                         write a cluster file
  k8s-ha check prod.yaml              is it right?
  k8s-ha predict prod.yaml            how long is the outage of every fault?
  k8s-ha apply prod.yaml              make it so
  k8s-ha status prod.yaml             who holds the address, who serves?

Exit codes: 0 fine, 1 findings or a failed gate or drill, 2 wrong usage; \`status\` also has 3 (outage) and 4 (unknown).`,
    )
    .showHelpAfterError('(see --help)')
    .exitOverride();
  // `lab ssh` and `lab run` end with a command that has options of its own, such as --version: they are not this program's.
  if (first === 'lab') program.enablePositionalOptions();
  for (const command of [
    initCommand(),
    checkCommand(),
    explainCommand(),
    predictCommand(),
    renderCommand(),
    planCommand(),
    applyCommand(),
    historyCommand(),
    rollbackCommand(),
    upCommand(),
    downCommand(),
    upgradeCommand(),
    etcdCommand(),
    certificatesCommand(),
    statusCommand(),
    drainCommand(),
    undrainCommand(),
    spreadCommand(),
    eventsCommand(),
    uiCommand(),
    exporterCommand(),
    drillCommand(),
    soakCommand(),
    importCommand(),
    migrateCommand(),
    kubeadmCommand(),
    kubeconfigCommand(),
    removeCommand(),
    schemaCommand(),
    labCommand(),
  ])
    program.addCommand(inherit(command));
  if (!program.commands.some((command) => command.name() === first))
    (await import('./shared/completion.ts')).addCompletion(program);
  return program;
}

/** Commander passes exitOverride on only to commands that it made itself. */
function inherit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(see --help)');
  command.commands.forEach(inherit);
  return command;
}
