import { createHash } from 'node:crypto';
import { hmacModes, type HmacMode, type NodeFacts } from '../cluster/timers.ts';
import { atLeast, type Version } from '../core/version.ts';
import { paths } from '../node/paths.ts';

/** keepalived 2.4.0 has auth_hmac; without `receive-only`, which 2.4.2 brought, no running cluster could begin with it. */
export const hmacSince: Version = [2, 4, 2];

/**
 * Seconds by which clocks may differ: keepalived's most. A node whose clock differs by more is not heard, and a VIP would have
 * two holders; an advert that somebody has recorded is good for this long, for a node that has heard no later one.
 */
export const hmacWindowSeconds = 300;

/** How a node's files say that it signs. */
export interface HmacSeen {
  /** Undefined: it does not sign. */
  readonly mode: HmacMode | undefined;
  /** Undefined where it has none, or one that has no form. */
  readonly key: string | undefined;
}

export function canHmac(keepalived: Version): boolean {
  return atLeast(keepalived, hmacSince);
}

/**
 * Lines of a VRRP instance (keepalived.conf(5), auth_hmac). They change with the key, so that keepalived reads its file again:
 * by a part of its hash, from which nobody finds 32 bytes.
 */
export function hmacLines({ mode, key }: NonNullable<NodeFacts['hmac']>): readonly string[] {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return [
    `    auth_hmac {                         # the clocks of the nodes must agree; key ${hash}`,
    `        key 1 file:${paths.hmacKey}`,
    '        active_key 1',
    '        anti_replay time',
    `        time_window ${hmacWindowSeconds}`,
    `        mode ${mode}`,
    '    }',
    // Otherwise each advert that it refuses puts the holder's own next one off: a flood would silence it, and two would hold.
    '    lower_prio_no_advert true',
  ];
}

/** The key as keepalived reads it from a file. */
export function hmacKeyFile(key: string): string {
  return `hex:${key}\n`;
}

/** Reads it back from the files of a node; undefined where it has no keepalived.conf of ours. */
export function hmacIn(files: readonly { readonly path: string; readonly content: string }[]): HmacSeen | undefined {
  const textOf = (path: string): string | undefined => files.find((file) => file.path === path)?.content;
  const config = textOf(paths.keepalivedConfig);
  if (config === undefined) return undefined;
  const [, said] = ours.exec(config) ?? [];
  return {
    mode: hmacModes.find((mode) => mode === said),
    key: keyForm.exec(textOf(paths.hmacKey) ?? '')?.[1],
  };
}

const ours = new RegExp(`^ +key 1 file:${paths.hmacKey}\\n(?: {8}.*\\n){0,9}? {8}mode (\\S+)$`, 'm');
const keyForm = /^hex:([0-9a-f]{64,128})\n?$/;
