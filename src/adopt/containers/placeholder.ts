import { replaceMapped, type Mapped } from '../word.ts';

/** Values for the `{{ NAME }}` of a template. */
export type Placeholders = ReadonlyMap<string, string>;

/** Fills `{{ NAME }}` in; what has no value stays, and is then a word that nobody understands. */
export function fillPlaceholders(text: Mapped, values: Placeholders | undefined): Mapped {
  if (!values || !text.text.includes('{{')) return text;
  let result = text;
  const pattern = /\{\{\s*(\w+)\s*\}\}/g;
  for (let match = pattern.exec(result.text); match; match = pattern.exec(result.text)) {
    const value = values.get(match[1] ?? '');
    if (value === undefined) continue;
    result = replaceMapped(result, match.index, match.index + match[0].length, value);
    pattern.lastIndex = match.index + value.length;
  }
  return result;
}

/**
 * An environment variable's value as the image osixia/keepalived hands it to the template: `#PYTHON2BASH:['a', 'b']` is a
 * list, one value a line.
 */
export function placeholderValue(text: string): string {
  const list = /^#PYTHON2BASH:\s*\[(.*)\]$/s.exec(text.trim());
  if (!list) return text;
  return [...(list[1] ?? '').matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, a, b]) => a ?? b ?? '').join('\n');
}

/** What osixia/keepalived takes where its environment says nothing (its image/environment/default.yaml). */
export const osixiaDefaults: Readonly<Record<string, string>> = {
  KEEPALIVED_INTERFACE: 'eth0',
  KEEPALIVED_PASSWORD: 'd0cker',
  KEEPALIVED_STATE: 'BACKUP',
  KEEPALIVED_ROUTER_ID: '51',
  KEEPALIVED_PRIORITY: '150',
  KEEPALIVED_NOTIFY: '',
};
