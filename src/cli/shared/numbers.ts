import { InvalidArgumentError } from 'commander';

/** A parser of an option that is a whole number. */
export function between(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`it is not a whole number from ${least} to ${most}.`);
  };
}
