import { integerOf } from '../time.ts';
import type { Word, Words } from '../word.ts';
import { fields } from './fields.ts';
import type { Statement } from './tree.ts';

/** A `vrrp_sync_group`: its instances change state together. keepalived.conf(5), VRRP synchronization group(s). */
export interface SyncGroup {
  readonly name: Word;
  readonly members: Words;
  /** Without it keepalived ignores every script and interface that its members track with a weight. */
  readonly trackingWeight: boolean;
  /** Scripts that the group tracks itself. */
  readonly tracks: readonly { readonly name: Word; readonly weight?: number | undefined }[];
}

const groupWords = new Set(['group', 'track_script', 'sync_group_tracking_weight', 'global_tracking']);

/** Reads a sync group; its lines are listed as not carried over, since the cluster file has none. */
export function groupOf({ words, block = [] }: Statement): SyncGroup[] {
  const name = words[1];
  if (!name) return [];
  const reader = fields(block, [], groupWords);
  return [
    {
      name,
      members: reader.list('group').flatMap((line) => line.words),
      trackingWeight: reader.has('sync_group_tracking_weight') || reader.has('global_tracking'),
      tracks: reader.list('track_script').flatMap(({ words: [script, keyword, value] }) =>
        script
          ? [
              {
                name: script,
                weight: keyword?.text === 'weight' ? integerOf(value?.text ?? '') : undefined,
              },
            ]
          : [],
      ),
    },
  ];
}

/** A `virtual_server`: the kernel (IPVS) spreads connections to it over its real servers. */
export interface VirtualServer {
  readonly at: Word;
  readonly address: string;
  readonly port: number | undefined;
  readonly servers: readonly { readonly at: Word; readonly host: string; readonly port: number | undefined }[];
}

export function virtualServerOf({ words, block = [] }: Statement): VirtualServer[] {
  const [, at, port] = words;
  if (!at) return [];
  return [
    {
      at,
      address: at.text,
      port: integerOf(port?.text ?? ''),
      servers: block
        .filter((statement) => statement.words[0]?.text === 'real_server')
        .flatMap(({ words: [, host, own] }) =>
          host ? [{ at: host, host: host.text, port: integerOf(own?.text ?? '') }] : [],
        ),
    },
  ];
}
