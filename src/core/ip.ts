import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { readOnce } from './read-once.ts';

export type Family = 'ipv4' | 'ipv6';

/** An IP address in its one canonical spelling (RFC 5952 for IPv6), so that equal addresses are equal texts. */
export interface Address {
  readonly text: string;
  readonly family: Family;
}

/**
 * Reads an IP address. `net.isIP` is the gate, because ipaddr.js also takes `10.1`, octal and hexadecimal forms, which
 * different programs read as different addresses.
 */
export function parseAddress(text: string): Address | undefined {
  return addressIn(text);
}

const addressIn = readOnce((text): Address | undefined => {
  const version = isIP(text);
  if (version === 0 || text.includes('%')) return undefined;
  return { text: ipaddr.parse(text).toString(), family: version === 4 ? 'ipv4' : 'ipv6' };
});

/** The family of an address; undefined for what is none. */
export function familyOf(text: string): Family | undefined {
  return parseAddress(text)?.family;
}

/** True for `172.16.0.0/16`: an address, spelt in full as everywhere, with the length of a prefix. */
export function isPrefix(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  return isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && ipaddr.isValidCIDR(text);
}

/** True when `address` lies in `prefix` (`172.16.0.0/16`); false for another family or a malformed prefix. */
export function inPrefix(address: string, prefix: string): boolean {
  const range = rangeOf(prefix);
  if (!range || isIP(address) === 0) return false;
  const [network, bits] = range;
  const parsed = ipaddr.parse(address);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}

const rangeOf = readOnce((prefix) => (ipaddr.isValidCIDR(prefix) ? ipaddr.parseCIDR(prefix) : undefined));

/** What kind of address it is: `unicast`, `private`, `loopback`, `multicast`, `unspecified`, `linkLocal`, … (ipaddr.js). */
export function addressRange(address: string): string {
  return isIP(address) === 0 ? 'invalid' : ipaddr.parse(address).range();
}

/** Host and port as URLs and HAProxy write them: IPv6 in brackets. */
export function hostPort(address: string, port: number): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An IPv6 address as its 32 hexadecimal digits. @throws for what is no IPv6 address: a programmer's error */
export function ipv6Hex(address: string): string {
  return Buffer.from(ipaddr.IPv6.parse(address).toByteArray()).toString('hex');
}
