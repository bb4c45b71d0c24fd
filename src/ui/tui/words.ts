import { formatMs } from '../../core/duration.ts';
import { checkText, serverText } from '../../node/check-text.ts';
import { clockText } from '../events/text.ts';
import type { NodeView, ServerView } from '../watch/view.ts';

/** Since when, and how long that is: `since 03:19:18 (5 s)`, or `for ≥ 5 s` where only that is known. */
export function since(atMs: number, nowMs: number, atLeast = false): string {
  const span = formatMs(Math.max(0, Math.round((nowMs - atMs) / 1000) * 1000));
  return atLeast ? `for ≥ ${span}` : `since ${clockText(atMs).slice(0, 8)} (${span})`;
}

const roles: Readonly<Record<string, string>> = {
  MASTER: 'holds',
  BACKUP: 'stands by',
  FAULT: 'cannot hold',
  INIT: 'starts',
};

/** What the VRRP instances of a node do, in words: "holds", or "holds 1, stands by 2" where there are several. */
export function roleText(vrrp: NodeView['vrrp']): string {
  const words = vrrp.map(({ state }) => roles[state] ?? state);
  const [only] = words;
  if (only === undefined) return 'unknown';
  if (words.length === 1) return only;
  return [...new Set(words)].map((word) => `${word} ${words.filter((one) => one === word).length}`).join(', ');
}

/** An API server as one HAProxy sees it, in words. */
export function serverWords({ text, lastCheck, sessions }: ServerView): string {
  if (sessions === undefined) return text;
  const words = serverText(text);
  return text.startsWith('UP') ? words : `${words}: ${checkText(lastCheck)}`;
}
