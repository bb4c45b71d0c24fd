import { holdsSecrets } from '../node/paths.ts';
import { sha256 } from '../render/render.ts';
import type { FileChange, NodePlan } from './model.ts';

/** A visit as it is printed for other programs: contents that may hold Secrets are told by their hash alone. */
export function shownVisit(visit: NodePlan): NodePlan {
  return { ...visit, changes: visit.changes.map(shownChange) };
}

function shownChange(change: FileChange): FileChange {
  if (!holdsSecrets(change.path)) return change;
  const { wanted, before } = change;
  return {
    ...change,
    wanted: wanted && { ...wanted, content: hashOf(wanted.content) },
    before: before && { ...before, content: hashOf(before.content) },
  };
}

function hashOf(content: string): string {
  return `sha256:${sha256(content)}`;
}
