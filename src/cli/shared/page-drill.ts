import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../../core/error.ts';
import type { DrillSource, StreamingHost } from '../../index.ts';
import type { Watch } from '../../views.ts';
import { version } from './version.ts';
import { makeFolder } from './write.ts';

/** Runs a drill that the page asked for; what it does and comes to is told among the watch's events. */
export async function drillFromPage(
  watch: Watch,
  hosts: readonly StreamingHost[],
  name: string,
  { signal, reports }: { readonly signal: AbortSignal; readonly reports: string | undefined },
): Promise<void> {
  const library = await import('../../index.ts');
  const { spec } = watch;
  const drill = library.parseDrill(name);
  if (!drill.ok) return;
  const [off, on] = [process.env['K8S_HA_POWER_OFF'], process.env['K8S_HA_POWER_ON']];
  let source: DrillSource | undefined;
  watch.note(`drill ${name} begins, started from the page`, 'warn');
  try {
    const outcome = await library.runDrills(spec, {
      hosts,
      signal,
      drills: [drill.value],
      runs: 1,
      retries: 0,
      ratePerSecond: 100,
      writes: 'drills from the page have no credentials',
      allowQuorumLoss: false,
      breakLock: false,
      power: off === undefined || on === undefined ? undefined : library.powerBy({ off, on }),
      rollOut: async (owner) => library.rollingRestart(spec, hosts, owner, { signal, onEvent: () => undefined }),
      prepareMove: async (owner, node) =>
        library.prepareMove(spec, hosts, owner, node, { signal, onEvent: () => undefined }),
      onEvent: ({ kind, what, detail }) =>
        watch.note(
          `drill: ${what}${detail === undefined ? '' : `: ${detail}`}`,
          kind === 'gate-failed' ? 'bad' : 'info',
        ),
      onResult: (result) =>
        watch.note(
          `drill ${result.fault}: lost ${library.formatMs(result.lostMs)}, ${result.verdict} the prediction`,
          library.isGood(result) ? 'good' : 'bad',
        ),
      onGround: (ground) => (source = { ...ground, tool: version }),
      confirm: () => Promise.resolve(true),
    });
    for (const { message } of outcome.findings) watch.note(message, 'bad');
    if (reports !== undefined && outcome.results.length > 0) {
      const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').replace(/\..*/, 'Z');
      const folder = join(reports, `${spec.name}-${name}-${stamp}`);
      makeFolder(folder);
      for (const [file, text] of Object.entries(library.drillReport(spec.name, outcome.results, source)))
        writeFileSync(join(folder, file), text);
    }
  } catch (error) {
    watch.note(`drill ${name} failed: ${errorText(error)}`, 'bad');
  }
}
