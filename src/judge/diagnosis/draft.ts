import type { FindingId } from '../../core/finding.ts';
import type { RankedCause } from './model.ts';

/** A cause while consequences are still being folded below it. */
export interface Draft extends Omit<RankedCause, 'consequences' | 'rule' | 'rank'> {
  rank: number;
  readonly rule: FindingId;
  readonly consequences: string[];
}

/** Drafts in the order in which they were found. Folding one takes it out, and tells its sentences below another. */
export interface Drafts {
  readonly all: () => readonly Draft[];
  readonly add: (draft: Omit<Draft, 'consequences'>, consequences?: readonly string[]) => Draft;
  /** That of a node that explains what else is wrong with it. */
  readonly of: (node: string) => Draft | undefined;
  readonly fold: (draft: Draft, below: Draft) => void;
  readonly drop: (draft: Draft) => void;
}

export function createDrafts(): Drafts {
  let drafts: Draft[] = [];
  const drop = (draft: Draft): void => void (drafts = drafts.filter((one) => one !== draft));
  return {
    all: () => drafts,
    add: (draft, consequences = []) => {
      const added = { ...draft, consequences: [...consequences] };
      drafts.push(added);
      return added;
    },
    of: (node) => drafts.find((draft) => draft.node === node),
    drop,
    fold: (draft, below) => {
      drop(draft);
      below.consequences.push(draft.what, ...draft.consequences);
    },
  };
}
