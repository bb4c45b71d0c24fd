import type { Host } from './host.ts';
import { sshHost } from './ssh.ts';

/** `ssh://root@10.0.0.11:2222` as its parts; IPv6 in brackets. */
const one = /^(?:([\w.-]+)@)?(\[[\da-f:]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;

/** Hosts of `ssh://[user@]host[:port],…`, named as they are written; undefined for what is no such list. */
export function hostsFromUrl(
  url: string,
  { configFile }: { configFile?: string | undefined } = {},
): Host[] | undefined {
  const list = /^ssh:\/\/(.+?)\/?$/.exec(url)?.[1]?.split(',') ?? [];
  let user: string | undefined;
  const hosts: Host[] = [];
  for (const text of list) {
    const match = one.exec(text.trim());
    if (!match) return undefined;
    // `ssh://root@cp1,cp2`: the login holds for those that follow.
    user = match[1] ?? user;
    const address = (match[2] ?? '').replaceAll(/^\[|\]$/g, '');
    hosts.push(
      sshHost({
        name: address,
        address,
        user,
        port: match[3] === undefined ? undefined : Number(match[3]),
        options: {},
        configFile,
      }),
    );
  }
  return hosts.length > 0 ? hosts : undefined;
}
