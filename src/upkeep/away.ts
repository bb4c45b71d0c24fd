import { guarded } from '../act/rollout/commands/guarded.ts';
import { checkServer, tellServer } from '../act/rollout/commands/servers.ts';
import { attempt, failureOf, type Rollout } from '../act/rollout/step.ts';
import { quote, type Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import { leverText } from '../node/lever.ts';
import { paths } from '../node/paths.ts';

/** Above the longest that a visit of an upgrade or a renewal takes while an API server is taken out. */
const longestMs = 25 * 60_000;

/** Two checks, of which the slowest are two seconds apart. */
const knownS = 5;

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

/**
 * An API server that has been told to end stops listening, and finishes what it was asked. HAProxy would take it for dead then, and
 * end what is under way (`on-marked-down shutdown-sessions`, which hung ones need): it does not look meanwhile.
 */
export async function leaveUnchecked(rollout: Rollout, server: string): Promise<readonly Finding[]> {
  return everywhere(rollout, () => checkCommand(rollout.owner.token, server, false));
}

/** HAProxy looks again, and believes what it finds after two checks. */
export async function checkAgain(rollout: Rollout, server: string): Promise<readonly Finding[]> {
  return everywhere(rollout, () => checkCommand(rollout.owner.token, server, true));
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
  const heal = `PATH="$PATH:/usr/sbin:/sbin"${letGo}\n${checkServer(server, 'enable')}\nsleep ${knownS}\n${tellServer(server, 'ready')}`;
  return guarded(
    `send no new connections to the API server of ${server}`,
    token,
    { kind: 'away', does: 'take-out', server, forMs: longestMs, lever },
    `${disarm}
systemd-run --quiet --collect --unit=${backUnit}-$(date +%s).$$ --on-active=${longestMs / 1000}s /bin/sh -c ${quote(heal)}
${tellServer(server, 'drain')}
${checkServer(server, 'enable')}`,
  );
}

function checkCommand(token: string, server: string, checked: boolean): Command {
  return guarded(
    `${checked ? 'check' : 'do not check'} the API server of ${server}${checked ? ' again' : ' while it ends'}`,
    token,
    { kind: 'away', does: checked ? 'checked' : 'unchecked', server },
    checkServer(server, checked ? 'enable' : 'disable'),
  );
}

// systemd forgets a unit a while after it has stopped: each has a name of its own.
const disarm = `systemctl stop '${backUnit}-*.timer' 2>/dev/null || :\nsystemctl reset-failed '${backUnit}-*.service' 2>/dev/null || :`;

function bringBackCommand(token: string, server: string): Command {
  return guarded(
    `send connections to the API server of ${server} again`,
    token,
    { kind: 'away', does: 'bring-back', server },
    `${checkServer(server, 'enable')}\n${tellServer(server, 'ready')}\n${disarm}`,
  );
}
