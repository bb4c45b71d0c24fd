/**
 * What was seen, or why it could not be seen. There is no third state: a value that was not read is never a default.
 * "Unreachable" is unknown, not "down"; a parse error is unknown, not "absent".
 */
export type Observed<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string };

export function known<T>(value: T): Observed<T> {
  return { known: true, value };
}

export function unknown(reason: string): Observed<never> {
  return { known: false, reason };
}

/** Applies `f` to a known value and passes the reason of an unknown one on. */
export function mapObserved<A, B>(observed: Observed<A>, f: (value: A) => B): Observed<B> {
  return observed.known ? known(f(observed.value)) : observed;
}
