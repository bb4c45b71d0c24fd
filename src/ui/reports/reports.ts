import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { lostText, type Loss } from '../../report/drill/loss.ts';

/** A drill's report as `k8s-ha drill --report` writes it: NAME/report.json, or NAME.json, each with a page beside it. */
export interface Report {
  readonly name: string;
  readonly cluster: string;
  readonly good: boolean;
  readonly results: readonly ReportResult[];
  /** When the last drill in it began. */
  readonly atMs: number;
  /** Path of the page, where there is one. */
  readonly html: string | undefined;
}

export interface ReportResult extends Loss {
  readonly fault: string;
  readonly nodes: readonly string[];
  readonly verdict: string;
  readonly atMs: number;
  /** After the injection; 0 where the file does not say it. */
  readonly healedMs: number;
}

/** No other name is ever opened: nothing outside of the folder can be asked for. */
const namePattern = /^\w[\w.@+-]{0,120}$/;
const longestFile = 64 * 1024 * 1024;
const mostReports = 200;

const shape = z.object({
  cluster: z.string().default(''),
  good: z.boolean(),
  results: z.array(
    z.object({
      fault: z.string(),
      nodes: z.array(z.string()).default([]),
      verdict: z.string(),
      lostMs: z.number(),
      startedAt: z.string(),
      healedMs: z.number().default(0),
      prediction: z.object({ writes: z.enum(['fail', 'wait', 'some-fail']).optional().catch(undefined) }).default({}),
      writes: z.object({ stallMs: z.number() }).optional().catch(undefined),
    }),
  ),
});

/**
 * The text of a regular file, and when it was written. A link is not followed, whoever put it there: what it shows is not of
 * this folder. A pipe is not waited for.
 * @throws where it is none, or too long
 */
async function readOwn(path: string): Promise<{ readonly text: string; readonly mtimeMs: number }> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > longestFile) throw new Error(`${path} is no report`);
    return { text: await handle.readFile('utf8'), mtimeMs: found.mtimeMs };
  } finally {
    await handle.close();
  }
}

/** @throws where the report has no page of its own */
export async function readPage({ html = '' }: Report): Promise<string> {
  return (await readOwn(html)).text;
}

async function readReport(name: string, json: string, html: string): Promise<Report | undefined> {
  try {
    if (!(await lstat(dirname(json))).isDirectory()) return undefined;
    const { text, mtimeMs } = await readOwn(json);
    const read = shape.safeParse(JSON.parse(text));
    if (!read.success) return undefined;
    const results = read.data.results.map(({ startedAt, ...result }) => ({ ...result, atMs: Date.parse(startedAt) }));
    const page = await lstat(html).then(
      (found) => found.isFile(),
      () => false,
    );
    const atMs = Math.max(...results.map((result) => result.atMs).filter(Number.isFinite), 0) || mtimeMs;
    return { name, cluster: read.data.cluster, good: read.data.good, results, atMs, html: page ? html : undefined };
  } catch {
    // Not a report, or gone in the meantime.
    return undefined;
  }
}

/** The reports in a folder, newest first; what is not a report is passed over, and an absent folder has none. */
export async function readReports(named: string | undefined): Promise<readonly Report[]> {
  if (named === undefined) return [];
  // The folder itself may be a link: the operator named it.
  const folder = await realpath(named).catch(() => named);
  const entries = await readdir(folder).catch(() => []);
  const reports = await Promise.all(
    entries.flatMap((entry) => {
      const name = entry.replace(/\.json$/, '');
      if (!namePattern.test(name)) return [];
      return entry.endsWith('.json')
        ? [readReport(name, join(folder, entry), join(folder, `${name}.html`))]
        : [readReport(name, join(folder, name, 'report.json'), join(folder, name, 'report.html'))];
    }),
  );
  return reports
    .filter((report) => report !== undefined)
    .toSorted((a, b) => b.atMs - a.atMs)
    .slice(0, mostReports);
}

/** What the drills of a report came to, in a line: `haproxy-killed on cp1: 53 ms, within`. */
export function reportLine({ results }: Report): string {
  return results
    .map((result) => `${result.fault} on ${result.nodes.join(' and ')}: ${lostText(result)}, ${result.verdict}`)
    .join('; ');
}
