/** A file as it was given; `node` where it is known whose it is. */
export interface GivenFile {
  readonly file: string;
  readonly text: string;
  readonly node?: string | undefined;
  /** Why it was not read: what is no text, too long, or not to be opened. The end of a sentence that begins with its name. */
  readonly problem?: string | undefined;
}
