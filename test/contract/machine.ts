import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { Host } from '../../src/host/host.ts';

/** One machine that commands are sent to, and what the contract looks at afterwards. */
export interface Machine {
  readonly spec: ClusterSpec;
  readonly node: string;
  readonly host: Host;
  /** A file's permission bits and text; undefined where there is none. */
  readonly file: (path: string) => Promise<{ readonly mode: number; readonly content: string } | undefined>;
  /** Puts a file there, as somebody else would. */
  readonly put: (path: string, content: string, mode?: number) => Promise<void>;
  /** Every file of ours and the ones put there, by path. */
  readonly files: () => Promise<readonly string[]>;
  readonly service: (
    name: 'haproxy' | 'keepalived',
  ) => Promise<{ readonly active: boolean; readonly enabled: boolean }>;
  /** The kernel has rules of the guard. */
  readonly guarded: () => Promise<boolean>;
  /** Nothing of ours is on it any more. */
  readonly clean: () => Promise<void>;
  readonly close: () => Promise<void>;
}
