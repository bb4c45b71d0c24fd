/**
 * Whether a condition holds. What could not be seen is neither true nor false: "unknown" is never an error of the cluster,
 * and never a reason to go on.
 */
export type Answer =
  | { readonly is: 'true' }
  | { readonly is: 'false'; readonly why: string }
  | { readonly is: 'unknown'; readonly why: string };

export const holds: Answer = { is: 'true' };

export function fails(why: string): Answer {
  return { is: 'false', why };
}

export function unknowable(why: string): Answer {
  return { is: 'unknown', why };
}

/** Why a condition does not hold, or cannot be told; undefined where it holds. */
export function whyNot(answer: Answer): string | undefined {
  return answer.is === 'true' ? undefined : answer.why;
}
