import { intent } from '../../node/intent.ts';
import * as z from 'zod';
import type { FileSeen } from '../../cluster/state.ts';
import { succeeded, type Command } from '../../core/command.ts';
import { known, unknown, type Observed } from '../../core/observed.ts';
import type { Host } from '../../host/host.ts';
import { forms, isOurFile } from '../../node/said.ts';
import { brief } from '../../core/printable.ts';
import { filesIn, parseSections, sectionsCommand } from './sections.ts';
import { paths } from '../../node/paths.ts';

/** Who replaced a node's files, and which. */
export interface HistoryAbout {
  readonly owner: string;
  readonly machine: string;
  readonly action: string;
  /** Paths that were written or taken away. */
  readonly changed: readonly string[];
}

/** One change of a node's files, with all files as they were before it. */
export interface HistoryEntry {
  /** When the rollout began (UTC, `20261124T231503Z`): the same on every node that it changed; sorts by time. */
  readonly stamp: string;
  readonly about: HistoryAbout;
  /** Empty where there were none yet. */
  readonly before: readonly FileSeen[];
}

export interface NodeHistory {
  readonly node: string;
  /** Oldest first; unknown where the node cannot be asked. */
  readonly entries: Observed<readonly HistoryEntry[]>;
}

const aboutSchema = z.object({
  owner: z.string().transform(brief),
  machine: z.string().transform(brief),
  action: z.string().transform(brief),
  changed: z.array(z.string().transform(brief)).max(1000),
});

export function historyCommand(): Command {
  return sectionsCommand(
    'read the history',
    '',
    `for about in ${paths.history}/*/about; do
    [ -f "$about" ] || continue
    emit "about:$about" cat "$about"
    find "\${about%/about}" -mindepth 2 -type f | while read -r file; do emit "file:$file" one_file "$file"; done
done
`,
    intent({ kind: 'read-history' }),
  );
}

/** Reads what `historyCommand` printed. An entry that was not written to its end, or cannot be read, is not there. */
export function parseHistory(output: string): readonly HistoryEntry[] {
  const sections = parseSections(output);
  const files = filesIn(sections);
  return [...sections]
    .flatMap(([name, { text }]): readonly HistoryEntry[] => {
      const stamp = /^about:.*\/([^/]+)\/about$/.exec(name)?.[1];
      const about = stamp === undefined ? undefined : aboutOf(text);
      if (stamp === undefined || !forms.stamp.test(stamp) || about === undefined) return [];
      const folder = `${paths.history}/${stamp}/`;
      const before = files
        .filter(({ path }) => path.startsWith(folder))
        .map((file) => ({ ...file, path: file.path.slice(folder.length - 1) }))
        .filter(({ path }) => isOurFile(path));
      return [{ stamp, about, before }];
    })
    .toSorted((a, b) => (a.stamp < b.stamp ? -1 : 1));
}

function aboutOf(text: string): HistoryAbout | undefined {
  try {
    return aboutSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The kept file sets of every node. */
export async function readHistory(hosts: readonly Host[]): Promise<readonly NodeHistory[]> {
  return Promise.all(
    hosts.map(async (host): Promise<NodeHistory> => {
      const result = await host.run(historyCommand());
      const reason = result.failure?.message ?? result.stderr.trim();
      return {
        node: host.name,
        entries: succeeded(result) ? known(parseHistory(result.stdout)) : unknown(reason || 'it did not answer'),
      };
    }),
  );
}

/** A node's files before the change `stamp`: what the first change from then on replaced, or what is there now. */
export function filesBefore(
  entries: readonly HistoryEntry[],
  stamp: string,
  present: readonly FileSeen[],
): readonly FileSeen[] {
  return entries.find((entry) => entry.stamp >= stamp)?.before ?? present;
}
