import type { GivenFile, SetupNode } from './setup.ts';
import type { InstanceConfig, KeepalivedConfig, ScriptConfig } from './keepalived/read.ts';

/** What a check script can notice of HAProxy. */
export type Sight =
  /** Asks it something: sees a death and a hang. */
  | 'answer'
  /** Looks whether the process is there, or a port listens: a hung one passes. */
  | 'process'
  /** Asks the API server, through the proxy or not: follows what HAProxy should handle. */
  | 'api'
  /** A script that was not given. */
  | 'unknown';

/** Judges a check by its command, or by the script's text where it was given. */
export function sightOf(script: ScriptConfig, files: readonly GivenFile[]): Sight {
  const command = script.command?.text ?? '';
  const path = command.split(/\s+/).find((word) => word.includes('/') && !/^\/(usr\/)?s?bin\//.test(word));
  const name = path?.split('/').at(-1)?.replaceAll(/["';]/g, '');
  const text = name === undefined ? undefined : files.find(({ file }) => file.split('/').at(-1) === name)?.text;
  const judged = text ?? command;
  if (/\/(healthz|readyz|livez)\b|:6443|apiserver/i.test(judged) && !/haproxy_ready|127\.0\.0\.1:7444/.test(judged))
    return 'api';
  if (/\b(curl|wget|nc|ncat|http|socat|openssl)\b|\/dev\/tcp/.test(judged)) return 'answer';
  if (/\b(killall|pidof|pgrep|pkill|ps|netstat|ss|lsof|fuser|systemctl)\b|check_haproxy/.test(judged)) return 'process';
  return 'unknown';
}

/** A script that an instance tracks, with the weight that is in force. */
export interface Tracked {
  readonly script: ScriptConfig;
  readonly weight: number;
}

export function trackedBy(instance: InstanceConfig, keepalived: KeepalivedConfig): Tracked[] {
  return instance.tracks.flatMap(({ name, weight }) => {
    const script = keepalived.scripts.find((candidate) => candidate.name.text === name.text);
    return script ? [{ script, weight: weight ?? script.weight?.value ?? 0 }] : [];
  });
}

/** An instance on the node that runs it. */
export interface Held {
  readonly node: SetupNode;
  readonly keepalived: KeepalivedConfig;
  readonly instance: InstanceConfig;
}

export function instancesOf(nodes: readonly SetupNode[]): Held[] {
  return nodes.flatMap((node) => {
    const { keepalived } = node;
    return keepalived ? keepalived.instances.map((instance) => ({ node, keepalived, instance })) : [];
  });
}

/** The instances that carry the API's addresses, and those that plainly carry something else (an ingress). */
export function sortedInstances(nodes: readonly SetupNode[]): { api: Held[]; others: Held[] } {
  const held = instancesOf(nodes);
  const others = held.filter(
    ({ instance: { name } }) => /ingress|http|public|worker/i.test(name.text) && !/api/i.test(name.text),
  );
  const api = held.filter((one) => !others.includes(one));
  return api.length > 0 ? { api, others } : { api: held, others: [] };
}
