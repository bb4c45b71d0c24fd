import type { Plan } from '../../plan/model.ts';

export interface FileOnNode {
  readonly node: string;
  readonly path: string;
}

/** What the files on the nodes may contain by our own doing: anything else is somebody else's. */
export interface Memory {
  /** The nodes have exactly what the plan wants. */
  settled(plan: Plan): void;
  /** The plan was begun: any file may have been replaced or not. */
  tried(plan: Plan): void;
  /** Files that the plan would change and that hold something we did not put there; undefined before anything is known. */
  drifted(plan: Plan): readonly FileOnNode[] | undefined;
}

function key(node: string, path: string): string {
  return `${node} ${path}`;
}

const absent = Symbol('no such file');

export function createMemory(): Memory {
  let contents: Map<string, Set<string | typeof absent>> | undefined;
  return {
    settled: ({ wanted }) => {
      contents = new Map(
        Object.values(wanted).flatMap((set) =>
          set.files.map(({ path, mode, content }) => [key(set.node, path), new Set([`${mode} ${content}`])] as const),
        ),
      );
    },
    tried: ({ nodes }) => {
      for (const { node, changes } of nodes)
        for (const { path, before, wanted } of changes) {
          const known = contents?.get(key(node, path)) ?? new Set();
          for (const file of [before, wanted]) known.add(file ? `${file.mode} ${file.content}` : absent);
          contents?.set(key(node, path), known);
        }
    },
    drifted: ({ nodes }) =>
      contents &&
      nodes.flatMap(({ node, changes }) =>
        changes
          .filter(({ path, before }) => {
            const known = contents?.get(key(node, path)) ?? new Set([absent]);
            return !known.has(before ? `${before.mode} ${before.content}` : absent);
          })
          .map(({ path }) => ({ node, path })),
      ),
  };
}
