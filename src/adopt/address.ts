import { parseAddress } from '../core/ip.ts';

/** A word that is an address, in its one spelling; a prefix length is left out. */
export function addressOf(text: string): string | undefined {
  return parseAddress(text.replace(/\/\d+$/, ''))?.text;
}
