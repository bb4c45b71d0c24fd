/** `error`: the configuration cannot work. `warning`: it works until a bad day. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** What an operator reads about a finding when its one sentence is not enough. */
export interface FindingEntry {
  /** A list where the severity depends on the case, the worst first. */
  readonly severity: Severity | readonly Severity[];
  readonly title: string;
  /** What happens if it stays. */
  readonly why: string;
  /** What to do next: a command where there is one. `FILE` is the cluster file, `NODE` the name of a node. */
  readonly remedy: string;
}

export type FindingEntries = Readonly<Record<string, FindingEntry>>;

/** What to do about findings whose other texts stand beside the code that makes them. */
export type Remedies = Readonly<Record<string, string>>;
