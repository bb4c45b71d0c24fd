import type { Word, Words } from '../word.ts';

/** A container that runs keepalived or HAProxy, from a `docker run` or a static pod. */
export interface ContainerConfig {
  readonly program: 'keepalived' | 'haproxy';
  readonly image: Word;
  readonly environment: ReadonlyMap<string, Word>;
  /** How it was started: by a command line, whose arguments everybody on the machine can read, or by a manifest. */
  readonly by: 'command' | 'manifest';
  /** Words that nothing was made of. */
  readonly unread: readonly Words[];
}

/** Which of the two programs an image runs, by its name. */
export function programOf(image: string): ContainerConfig['program'] | undefined {
  return /keepalived/i.test(image) ? 'keepalived' : /haproxy/i.test(image) ? 'haproxy' : undefined;
}
