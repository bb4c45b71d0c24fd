/** A file as it was given; `node` where it is known whose it is. */
export interface GivenFile {
  readonly file: string;
  readonly text: string;
  readonly node?: string | undefined;
  /** Why it was not read (it is no text, too long, not to be opened): a sentence that begins with its name. */
  readonly problem?: string | undefined;
}
