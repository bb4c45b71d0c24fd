import type { SimInstance, SimNode } from './node.ts';
import { readOnce } from '../../../src/core/read-once.ts';

/** What the rule of support needs to know of a node and one VIP. */
export interface Voice {
  readonly node: SimNode;
  readonly priority: number;
  readonly holds: boolean;
}

interface Rule {
  readonly needed: number;
  readonly graceMs: number;
  readonly againMs: number;
}

/** As haproxy.cfg has it; undefined where it has no such rule. */
const ruleIn = readOnce((text): Rule | undefined => {
  const needed = /sub\(txn\.refusing\) lt (\d+)/.exec(text)?.[1];
  const [graceMs, againSeconds] = ['grace', 'refused'].map((table) =>
    Number(new RegExp(`^backend k8s_${table}\\n.* expire (\\d+)`, 'm').exec(text)?.[1]),
  );
  return needed === undefined || graceMs === undefined || againSeconds === undefined
    ? undefined
    : { needed: Number(needed), graceMs, againMs: 1000 * againSeconds };
});

function answers({ up, services, machine }: SimNode): boolean {
  return up && services.haproxy.active && !machine.hung.has('haproxy');
}

/** keepalived's script is run once a second. */
const scriptMs = 1000;

/**
 * Whether the other nodes refuse a node as the holder of a VIP for longer than its grace, or have refused it and it still waits.
 * HAProxy's checks in time are left out.
 */
export function isRefused(
  { node, holds, priority }: Voice,
  instance: SimInstance,
  voices: () => readonly Voice[],
  cut: (a: string, b: string) => boolean,
  nowMs: number,
): boolean {
  const { refusal } = instance;
  // One that only stands by is refused by everybody who knows the holder, and that means nothing.
  if (!holds && refusal === undefined) return false;
  const rule = answers(node) ? ruleIn(node.services.haproxy.loaded) : undefined;
  if (rule === undefined) {
    if (refusal) delete instance.refusal;
    return false;
  }
  const joined = (a: SimNode, b: SimNode): boolean =>
    a === b || (answers(a) && answers(b) && !cut(a.name, b.name) && !cut(b.name, a.name));
  const others = voices().filter((other) => other.node !== node);
  const asked = others.filter((other) => joined(node, other.node));
  const against = others.filter((other) => other.holds && (!holds || other.priority > priority));
  const refusing = asked.filter((other) => against.some((better) => joined(other.node, better.node)));
  if (refusing.length === 0 || asked.length - refusing.length >= rule.needed) {
    if (refusal) delete instance.refusal;
    return false;
  }
  if (holds) {
    instance.refusal = { sinceMs: refusal?.sinceMs ?? nowMs, ended: false };
    return nowMs - instance.refusal.sinceMs >= rule.graceMs + scriptMs;
  }
  if (refusal === undefined || instance.state !== 'FAULT' || refusal.ended) return false;
  const isAsked = against.some((better) => joined(node, better.node));
  if (!isAsked || nowMs - refusal.sinceMs < rule.againMs) return true;
  instance.refusal = { ...refusal, ended: true };
  return false;
}
