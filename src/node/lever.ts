import type { LeverPull } from '../cluster/state.ts';

/** Text of a lever that is let go: keepalived reads the number, and 0 means nothing. */
export const letGo = '0';

/** Longest reason that a lever keeps: one line that `status` can show. */
const longestReason = 200;

/** A lever that is longer was not written by us. */
const longestLever = 2000;

/** Text of a lever that is pulled: keepalived reads the number, people and the tool who pulled it and why. */
export function leverText(pull: LeverPull | undefined): string {
  if (pull === undefined) return letGo;
  if (pull.by === 'rollout') return `1 rollout ${oneWord(pull.token)} ${oneWord(pull.owner)}`;
  if (pull.by === 'operator') return `1 operator ${oneWord(pull.name)}: ${oneLine(pull.reason)}`;
  return '1';
}

/**
 * Who pulled a lever and why; undefined for one that is not pulled: keepalived takes a text without a positive number at its
 * beginning for 0. A text of a version before 0.1 is a rollout's own where it is exactly `apply LOGIN`, as rollouts wrote it;
 * anything longer is an operator's maintenance, which no rollout ends.
 */
export function parseLever(text: string): LeverPull | undefined {
  if (!(Number.parseInt(text.slice(0, longestLever), 10) > 0)) return undefined;
  const said = text
    .slice(0, longestLever)
    .trim()
    .replace(/^\d+\s*/, '');
  if (said === '') return { by: 'service' };
  const rollout = /^rollout ([\w.@-]+) (\S+)$/.exec(said);
  if (rollout) return { by: 'rollout', token: rollout[1] ?? '', owner: oneLine(rollout[2] ?? '') };
  const operator = /^operator (\S+): (.*)$/.exec(said);
  if (operator) return { by: 'operator', name: oneLine(operator[1] ?? ''), reason: oneLine(operator[2] ?? '') };
  const previous = /^apply (\S+)$/.exec(said);
  if (previous) return { by: 'rollout', token: '', owner: oneLine(previous[1] ?? '') };
  return { by: 'operator', name: '', reason: oneLine(said) };
}

/** Who pulled a lever and why, for people. */
export function pullText(pull: LeverPull): string {
  if (pull.by === 'rollout') return `by a rollout of ${pull.owner}`;
  if (pull.by === 'operator') return pull.name === '' ? pull.reason : `${pull.reason} (${pull.name})`;
  return 'by a service of the node';
}

/** Left by a rollout that was interrupted: whoever holds the lock now may let it go. */
export function isRolloutPull(pull: LeverPull | undefined): boolean {
  return pull?.by === 'rollout';
}

function oneWord(text: string): string {
  const word = text.replaceAll(/[^\w.@-]+/g, '_');
  return word === '' ? 'unknown' : word;
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, longestReason);
}
