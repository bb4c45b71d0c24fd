import { Command, InvalidArgumentError } from 'commander';
import type { ClusterSpec } from '../../index.ts';
import type { Watch } from '../../views.ts';
import { globalOptions, loadClusters, untilInterrupted } from '../shared/context.ts';
import { notifierOf, notifyOptions, type NotifyFlags } from '../shared/notify.ts';
import { print, tell } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';
import { version } from '../shared/version.ts';
import { errorCode } from '../../core/error.ts';

interface UiFlags extends NotifyFlags {
  readonly port: number;
  readonly reports?: string;
  readonly allowDrills: boolean;
}

export function portOption(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535.');
}

/** Watches every cluster of the files until the signal aborts; connections are closed whatever happens. */
export async function withWatches(
  specs: readonly ClusterSpec[],
  options: { readonly sshConfig?: string },
  flags: NotifyFlags,
  use: (watches: readonly Watch[], hostsOf: (watch: Watch) => Watched['hosts']) => Promise<void>,
): Promise<void> {
  const [{ sshHosts }, { watch }] = await Promise.all([import('../../index.ts'), import('../../views.ts')]);
  const notifier = await notifierOf(flags);
  const watched = specs.map((spec) => {
    const hosts = sshHosts(spec, { configFile: options.sshConfig });
    return { hosts, watch: watch(spec, hosts) };
  });
  for (const one of watched) one.watch.subscribe((_, events) => notifier?.notify(one.watch.spec.name, events));
  try {
    await use(
      watched.map((one) => one.watch),
      (wanted) => watched.find((one) => one.watch === wanted)?.hosts ?? [],
    );
  } finally {
    await Promise.all(watched.map(async (one) => one.watch.stop()));
    await Promise.all(watched.flatMap(({ hosts }) => hosts.map(async (host) => host.close())));
    await notifier?.idle();
  }
}

type Watched = { readonly hosts: ReturnType<(typeof import('../../index.ts'))['sshHosts']> };

/** Tells that a port is taken in words; anything else goes on. */
export function portProblem(error: unknown, port: number): Error {
  if (errorCode(error) === 'EADDRINUSE')
    return new UsageError(`port ${port} is taken`, 'Choose another one: --port N.');
  if (errorCode(error) === 'EACCES')
    return new UsageError(`port ${port} may not be used by this user`, 'Choose one above 1023.');
  return error instanceof Error ? error : new Error(String(error));
}

export function uiCommand(): Command {
  const command = new Command('ui')
    .description('a page on this machine that shows clusters live, and their history; also /metrics')
    .argument('[file...]', 'cluster files', ['k8s-ha.yaml'])
    .option('--port <n>', 'port on loopback; 0 takes a free one', portOption, 0)
    .option('--reports <dir>', 'folder of drill reports to show')
    .option('--allow-drills', 'let the page start drills, each confirmed by typing the name of the cluster', false);
  for (const option of notifyOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  k8s-ha ui prod.yaml
  k8s-ha ui clusters/*.yaml --port 7447
  k8s-ha ui prod.yaml --reports drills --allow-drills

The page is served on loopback only, and its address has a random token: who does not have it gets nothing.
From another machine: ssh -L 7447:127.0.0.1:7447 HOST, with --port 7447. K8S_HA_UI_TOKEN sets the token, for a fixed address.`,
    )
    .action(async (files: string[], flags: UiFlags, self: Command) => {
      const specs = await loadClusters(files);
      process.exitCode = 1;
      if (!specs) return;
      const token = process.env['K8S_HA_UI_TOKEN'];
      if (token !== undefined && !/^[\w-]{16,}$/.test(token))
        throw new UsageError('K8S_HA_UI_TOKEN is not a token', 'Use at least 16 letters, digits, - and _.');
      const { startUi } = await import('../../views.ts');
      const signal = untilInterrupted();
      await withWatches(specs, globalOptions(self), flags, async (watches, hostsOf) => {
        const ui = await startUi({
          version,
          watches,
          port: flags.port,
          token,
          reports: flags.reports,
          namesOf: (watch) => ({ file: files[specs.indexOf(watch.spec)], sshConfig: globalOptions(self).sshConfig }),
          runDrill: flags.allowDrills
            ? async (watch, fault) => {
                const { drillFromPage } = await import('../shared/page-drill.ts');
                await drillFromPage(watch, hostsOf(watch), fault, { signal, reports: flags.reports });
              }
            : undefined,
        }).catch((error: unknown) => {
          throw portProblem(error, flags.port);
        });
        print(ui.url);
        tell('Open it in a browser. Ctrl-C ends it.');
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        await ui.close();
      });
      process.exitCode = 0;
    });
}
