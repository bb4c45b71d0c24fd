/** One mistake: `replace` stands where `find` was. */
export interface Mistake {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const named: readonly Mistake[];
