import { guarded } from '../act/rollout/commands/guarded.ts';
import { tellServer } from '../act/rollout/commands/servers.ts';
import { attempt, failureOf, type Rollout } from '../act/rollout/step.ts';
import { quote, type Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import { leverText } from '../node/lever.ts';
import { paths } from '../node/paths.ts';

/** Above the longest that a visit of an upgrade or a renewal takes while an API server is taken out. */
const longestMs = 25 * 60_000;

const backUnit = 'k8s-ha-server-back';

/**
 * No HAProxy sends the node's API server new connections any more, so that its end is nobody's failure. Each node's systemd ends
 * that by itself after a while, and the drain of the node with it: an operator's machine that dies leaves nothing for ever.
 */
export async function takeOut(rollout: Rollout, server: string): Promise<readonly Finding[]> {
  const { token, owner } = rollout.owner;
  const text = leverText({ by: 'rollout', token, owner });
  return everywhere(rollout, (node) =>
    takeOutCommand(token, server, node === server ? { file: paths.drain, text } : undefined),
  );
}

/** Connections go to it again, where HAProxy's own checks find it ready. */
export async function bringBack(rollout: Rollout, server: string): Promise<readonly Finding[]> {
  return everywhere(rollout, () => bringBackCommand(rollout.owner.token, server));
}

async function everywhere(rollout: Rollout, command: (node: string) => Command): Promise<readonly Finding[]> {
  const outcomes = await Promise.all(rollout.spec.nodes.map(async ({ name }) => attempt(rollout, name, command(name))));
  return outcomes.flatMap((outcome) => failureOf(outcome, 'haproxy-not-told'));
}

function takeOutCommand(
  token: string,
  server: string,
  lever: { readonly file: string; readonly text: string } | undefined,
): Command {
  const letGo = lever
    ? `\nif [ "$(cat ${lever.file})" = ${quote(lever.text)} ]; then echo 0 >${lever.file}.new && mv -f ${lever.file}.new ${lever.file}; fi`
    : '';
  const heal = `PATH="$PATH:/usr/sbin:/sbin"${letGo}\n${tellServer(server, 'ready')}`;
  return guarded(
    `send no new connections to the API server of ${server}`,
    token,
    { kind: 'away', does: 'take-out', server, forMs: longestMs, lever },
    `${disarm}
systemd-run --quiet --collect --unit=${backUnit}-$(date +%s).$$ --on-active=${longestMs / 1000}s /bin/sh -c ${quote(heal)}
${tellServer(server, 'drain')}`,
  );
}

// systemd forgets a unit a while after it has stopped: each has a name of its own.
const disarm = `systemctl stop '${backUnit}-*.timer' 2>/dev/null || :\nsystemctl reset-failed '${backUnit}-*.service' 2>/dev/null || :`;

function bringBackCommand(token: string, server: string): Command {
  return guarded(
    `send connections to the API server of ${server} again`,
    token,
    { kind: 'away', does: 'bring-back', server },
    `${tellServer(server, 'ready')}\n${disarm}`,
  );
}
