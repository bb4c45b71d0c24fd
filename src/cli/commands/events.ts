import { Command, Option } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import type { WatchEvent } from '../../views.ts';
import { globalOptions, loadCluster, untilInterrupted, withHosts, type OutputFormat } from '../shared/context.ts';
import { notifyOptions, notifierOf, type NotifyFlags } from '../shared/notify.ts';
import { fileArgument, outputOption } from '../shared/options.ts';
import { print, tell, wantsColor } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

interface EventsFlags extends NotifyFlags {
  readonly since: string;
  readonly follow: boolean;
  readonly output: OutputFormat;
}

/** `2h`, or a time such as `2026-11-24T03:00`. */
export function sinceMs(text: string, nowMs: number): number {
  const duration = parseDuration(text);
  if (duration.ok) return nowMs - duration.value;
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw new UsageError(
    `--since ${text} is neither a duration nor a time`,
    'Write 30m, 2h, 1d, or a time such as 2026-11-24T03:00.',
  );
}

export function eventsCommand(): Command {
  const command = new Command('events')
    .description('what keepalived, HAProxy, systemd and k8s-ha itself wrote on every node, in one order')
    .addArgument(fileArgument())
    .addOption(new Option('--since <time>', 'how far back: a duration or a time').default('1h'))
    .option('-f, --follow', 'go on: new lines, and changes of the state as they are observed; Ctrl-C ends it', false)
    .addOption(outputOption());
  for (const option of notifyOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  k8s-ha events prod.yaml --since 2h
  k8s-ha events prod.yaml --follow -o json | jq -c 'select(.tone == "bad")'
  k8s-ha events prod.yaml --follow --webhook-file hook.txt
  k8s-ha events prod.yaml --follow --on-event 'jq -r .text | mail -s "Kubernetes API" root'

Times are this machine's: each node's clock is measured, and ± says how far a time may be off.
With -o json each event is one line.

It ends with 0 when every node could be read, with 1 otherwise; --follow ends with 0 when it is interrupted.`,
    )
    .action(async (file: string, flags: EventsFlags, self: Command) => {
      const since = sinceMs(flags.since, Date.now());
      const signal = flags.follow ? untilInterrupted() : undefined;
      const notifier = await notifierOf(flags);
      if (notifier && !flags.follow)
        throw new UsageError('a notification needs --follow', 'Without it only what has happened is shown.');
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { clocksText, eventText, followEvents, readEvents, watch } = await import('../../views.ts');
      const color = wantsColor(process.stdout);
      const show = (events: readonly WatchEvent[]): void => {
        for (const event of events)
          print(
            flags.output === 'json'
              ? JSON.stringify({ ...event, at: new Date(event.atMs).toISOString() })
              : eventText(event, { color }),
          );
      };
      await withHosts(spec, globalOptions(self), async (hosts) => {
        const past = await readEvents(spec, hosts, since, signal);
        process.exitCode = 0;
        if (signal?.aborted) return;
        tell(`Clocks against this machine's: ${clocksText(past.clocks)}`);
        show(past.events);
        process.exitCode = past.clocks.some((clock) => 'reason' in clock) ? 1 : 0;
        if (!signal) return;
        const known = new Set(past.events.map(({ id }) => id));
        const watched = watch(spec, hosts, {
          sinceMs: Math.max(since, past.events.at(-1)?.atMs ?? 0) - 5000,
          lookEveryMs: 0,
        });
        const told = watched.subscribe((_, events) => notifier?.notify(spec.name, events));
        await followEvents(watched, { signal, known, onEvents: show });
        told();
        await watched.stop();
        await notifier?.idle();
        process.exitCode = 0;
      });
    });
}
