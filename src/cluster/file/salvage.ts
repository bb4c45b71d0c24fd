import type { Path } from './document.ts';
import { pathOf, valueAt } from './issues.ts';
import { clusterFile, type ClusterFile } from './schema.ts';

/** What could be understood of a faulty cluster file, so that the rules' findings come together with the schema's. */
export interface Salvaged {
  readonly file: ClusterFile;
  /** Nothing but unknown keys and optional values was left out: the lists have all their items. */
  readonly complete: boolean;
  /** A path in `file` as the path in the original data: list items shift when one before them was left out. */
  readonly original: (path: Path) => Path;
}

interface Tree {
  readonly value: unknown;
  readonly index: ReadonlyMap<string, readonly number[]>;
}

/** Leaves out whatever the schema complains about, then what becomes invalid by that, until it fits or nothing is left. */
export function salvage(data: unknown): Salvaged | undefined {
  let removed: readonly Path[] = [];
  // Each round removes something, and the schema is only a few levels deep.
  for (let round = 0; round < 8; round += 1) {
    const { value, index } = without(data, removed);
    const named =
      typeof value === 'object' && value !== null && !Object.hasOwn(value, 'name')
        ? { ...value, name: 'unnamed' }
        : value;
    const parsed = clusterFile.safeParse(named);
    const original = (path: Path): Path => originalPath(path, index);
    if (parsed.success) return { file: parsed.data, complete: !removed.some(isItem), original };
    const next = parsed.error.issues.flatMap((issue) => {
      const paths =
        issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...pathOf(issue), key]) : [pathOf(issue)];
      return paths.map((path) => (valueAt(named, path) === undefined ? path.slice(0, -1) : path)).map(original);
    });
    if (next.some((path) => path.length === 0)) return undefined;
    removed = [...removed, ...next];
  }
  return undefined;
}

function isItem(path: Path): boolean {
  return typeof path.at(-1) === 'number';
}

function without(data: unknown, removed: readonly Path[]): Tree {
  const gone = new Set(removed.map((path) => JSON.stringify(path)));
  const index = new Map<string, readonly number[]>();
  const copy = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) {
      const kept = value.map((_, i) => i).filter((i) => !gone.has(JSON.stringify([...path, i])));
      index.set(JSON.stringify(path), kept);
      return kept.map((i) => copy(value[i], [...path, i]));
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => !gone.has(JSON.stringify([...path, key])));
    return Object.fromEntries(entries.map(([key, child]) => [key, copy(child, [...path, key])]));
  };
  return { value: copy(data, []), index };
}

function originalPath(path: Path, index: Tree['index']): Path {
  const result: (string | number)[] = [];
  for (const part of path) {
    const kept = typeof part === 'number' ? index.get(JSON.stringify(result)) : undefined;
    result.push(kept && typeof part === 'number' ? (kept[part] ?? part) : part);
  }
  return result;
}
