import { atLeast, parseVersion, type Version } from '../../core/version.ts';
import type { Environment } from './split.ts';

/**
 * Decides an `.if` condition; undefined where it depends on what is not known here (`feature(…)`). HAProxy manual §2.4.
 * @param text the condition with variables resolved
 */
export function condition(text: string, environment: Environment, version: Version): boolean | undefined {
  const tokens = text.match(/&&|\|\||[()!]|[\w.]+\([^()]*\)|[^\s()!&|]+/g) ?? [];
  let at = 0;
  const either = (): boolean | undefined => {
    let value = both();
    while (tokens[at] === '||') {
      at += 1;
      const right = both();
      value = value === true || right === true ? true : value === undefined || right === undefined ? undefined : false;
    }
    return value;
  };
  const both = (): boolean | undefined => {
    let value = one();
    while (tokens[at] === '&&') {
      at += 1;
      const right = one();
      value =
        value === false || right === false ? false : value === undefined || right === undefined ? undefined : true;
    }
    return value;
  };
  const one = (): boolean | undefined => {
    let negated = false;
    for (; tokens[at] === '!'; at += 1) negated = !negated;
    const token = tokens[at];
    if (token === undefined) return undefined;
    at += 1;
    if (token !== '(') return negate(predicate(token, environment, version), negated);
    const value = either();
    if (tokens[at] === ')') at += 1;
    return negate(value, negated);
  };
  if (tokens.length === 0) return false;
  const value = either();
  return at === tokens.length ? value : undefined;
}

function negate(value: boolean | undefined, negated: boolean): boolean | undefined {
  return value === undefined || !negated ? value : !value;
}

function predicate(token: string, environment: Environment, version: Version): boolean | undefined {
  if (/^\d+$/.test(token)) return Number(token) !== 0;
  const match = /^(\w+)\(([^()]*)\)$/.exec(token);
  if (!match) return undefined;
  const [, name, list = ''] = match;
  const [first = '', second = ''] = list.split(',').map((part) => part.trim());
  const asked = parseVersion(first);
  switch (name) {
    case 'defined':
      return environment.has(first);
    case 'streq':
      return first === second;
    case 'strneq':
      return first !== second;
    case 'version_atleast':
      return asked && atLeast(version, asked);
    case 'version_before':
      return asked && !atLeast(version, asked);
    default:
      return undefined;
  }
}
