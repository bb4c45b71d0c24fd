import { haproxyMs, integerOf } from '../time.ts';
import type { Word, Words } from '../word.ts';
import { addressAndPort } from './address.ts';
import type { Section } from './sections.ts';

/** One `server` line, with what `default-server` says for it. */
export interface ServerConfig {
  readonly name: Word;
  readonly address: Word;
  readonly host: string;
  readonly port?: number | undefined;
  /** Parameters by name; the value is the word that says it, or the parameter itself where it takes none. */
  readonly parameters: ReadonlyMap<string, Word>;
  /** Words that are no known parameter. */
  readonly unknown: Words;
}

const withValue = new Set(
  `ca-file check-alpn check-sni verifyhost verify inter fastinter downinter rise fall slowstart maxconn maxqueue weight
  port addr on-marked-down on-marked-up observe error-limit on-error tcp-ut sni alpn crt cookie id init-addr resolvers
  resolve-prefer source minconn pool-max-conn ciphers ssl-min-ver ssl-max-ver crl-file interface check-proto proto
  log-proto max-reuse ws set-proxy-v2-tlv-fmt track redir agent-port agent-inter agent-addr`.split(/\s+/),
);
const alone = new Set(
  `check no-check check-ssl no-check-ssl ssl no-ssl backup no-backup disabled enabled send-proxy send-proxy-v2
  check-send-proxy no-send-proxy no-verifyhost force-tlsv12 force-tlsv13 tfo non-stick agent-check`.split(/\s+/),
);

function parametersOf(words: Words): { found: [string, Word][]; unknown: Word[] } {
  const found: [string, Word][] = [];
  const unknown: Word[] = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i];
    if (!word) break;
    const value = words[i + 1];
    if (withValue.has(word.text) && value) {
      found.push([word.text, value]);
      i += 1;
    } else if (alone.has(word.text)) found.push([word.text, word]);
    else unknown.push(word);
  }
  return { found, unknown };
}

/** Reads a `server` line; undefined for one without a name and an address. */
export function serverOf(words: Words, section: Section): ServerConfig | undefined {
  const [, name, address] = words;
  if (!name || !address) return undefined;
  const defaults = defaultParameters(section);
  const own = parametersOf(words.slice(3));
  const target = addressAndPort(address.text);
  return {
    name,
    address,
    host: target?.address ?? address.text,
    port: target?.port,
    parameters: new Map([...defaults, ...own.found]),
    unknown: own.unknown,
  };
}

/** What `default-server` says, in the section and the defaults that it has: computed once for each section. */
function defaultParameters(section: Section): readonly [string, Word][] {
  const known = ofSection.get(section);
  if (known) return known;
  const lists: Section[] = [];
  for (let at: Section | undefined = section; at && lists.length < 20; at = at.defaults) lists.unshift(at);
  const found = lists
    .flatMap(({ lines }) => lines)
    .filter((line) => line[0]?.text === 'default-server')
    .flatMap((line) => parametersOf(line.slice(1)).found);
  ofSection.set(section, found);
  return found;
}

const ofSection = new WeakMap<Section, readonly [string, Word][]>();

export function msOf(server: ServerConfig, parameter: string): number | undefined {
  return haproxyMs(server.parameters.get(parameter)?.text ?? '');
}

export function countOf(server: ServerConfig, parameter: string): number | undefined {
  return integerOf(server.parameters.get(parameter)?.text ?? '');
}
