import * as fc from 'fast-check';
import { runsOf } from '../quick.ts';

/** The report of a property's smallest counterexample, or undefined when it holds: for `expect(…).toBeUndefined()`. */
export function counterexample<T>(property: fc.IProperty<T>, numRuns = 300): string | undefined {
  return fc.defaultReportMessage(fc.check(property, { numRuns: runsOf(numRuns) }));
}
