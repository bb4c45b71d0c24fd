import { hasErrors, type Finding } from '../../core/finding.ts';
import { complete, placesOf } from './complete.ts';
import { unreadable } from './decode.ts';
import { readDocument, type ParsedDocument } from './document.ts';
import { issueFindings } from './issues.ts';
import { salvage } from './salvage.ts';
import { clusterFile, type ClusterFile } from './schema.ts';
import type { ClusterSpec } from '../spec.ts';
import { show } from './suggest.ts';

/** A specification when there was no error, and everything that is to be said about the file, in the file's order. */
export interface Loaded {
  readonly spec?: ClusterSpec;
  readonly findings: readonly Finding[];
}

/**
 * Judges a specification; rules/check.ts passes the rules in, because they stand above this folder. `whole` is false when
 * nodes or addresses had to be left out, so that nothing can be said about how many there are.
 */
export type Judge = (spec: ClusterSpec, whole: boolean) => readonly Finding[];

/**
 * Reads a cluster file. Never throws: whatever is wrong with the text is a finding with its place, all of them at once.
 * @param file the name that findings show
 * @param judge the rules; without it, only the schema is checked
 */
export function load(text: string, file: string, judge: Judge = () => []): Loaded {
  const problem = unreadable(text, file);
  if (problem) return { findings: [problem] };
  const { document, findings } = readDocument(text.replace(/^\uFEFF/, ''), file);
  if (!document) return { findings };
  const { spec, findings: found } = loadDocument(document, file, judge);
  const all = inOrder([...findings, ...found]);
  return { ...(spec && !hasErrors(all) && { spec }), findings: all };
}

function loadDocument(document: ParsedDocument, file: string, judge: Judge): Loaded {
  const { data, locate } = document;
  if (data === null) return { findings: [emptyFile(file)] };
  if (typeof data !== 'object' || Array.isArray(data))
    return { findings: [{ ...notAMapping(data), position: locate([]) }] };
  const placed = (finding: Finding): Finding =>
    finding.path ? { ...finding, position: locate(finding.path) } : finding;

  const parsed = clusterFile.safeParse(data);
  if (parsed.success) {
    const spec = complete(parsed.data);
    return { spec, findings: judge(spec, true).map((finding) => placed(inFile(finding, parsed.data))) };
  }
  const issues = issueFindings(data, parsed.error.issues).map(({ finding, aim }) => ({
    ...finding,
    position: locate(finding.path, aim),
  }));
  const rest = salvage(data);
  const judged = rest ? judge(complete(rest.file), rest.complete) : [];
  const original = judged.map((found) => {
    const { path, ...finding } = rest ? inFile(found, rest.file) : found;
    return rest && path ? { ...finding, path: rest.original(path) } : finding;
  });
  return { findings: [...issues, ...original.map(placed)] };
}

/** Rules count the control-plane nodes and then the workers, and the file counts as it likes. */
function inFile({ path, ...finding }: Finding, file: ClusterFile): Finding {
  const [first, index, ...rest] = path ?? [];
  if (first !== 'nodes' || typeof index !== 'number') return { ...finding, ...(path && { path }) };
  return { ...finding, path: [first, placesOf(file)[index] ?? index, ...rest] };
}

/** Findings by their place in the file; those without a place come last. */
function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => {
    const [p, q] = [a.position, b.position];
    if (!p || !q) return Number(!p) - Number(!q);
    return p.line - q.line || p.column - q.column;
  });
}

function emptyFile(file: string): Finding {
  return {
    rule: 'empty-file',
    severity: 'error',
    message: `${file} is empty, or has only comments`,
    reason: 'A cluster file needs at least a name, a VIP and the nodes.',
    suggestion: 'Run `k8s-ha init` to write one.',
  };
}

function notAMapping(data: unknown): Finding {
  return {
    rule: 'not-a-mapping',
    severity: 'error',
    message: `the cluster file is ${show(data)}, but must be a mapping`,
    reason: 'A cluster file is a list of keys with values: name, endpoint, nodes and what else is to be said.',
    suggestion: 'Begin with `name: …`, or run `k8s-ha init` to write a file.',
  };
}
