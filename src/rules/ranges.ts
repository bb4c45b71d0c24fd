import { addressRange } from '../core/ip.ts';

/** What is wrong with an address that one machine cannot own in a network; undefined for ordinary addresses. */
export function notUnicast(address: string): string | undefined {
  return unusable[addressRange(address)];
}

const unusable: Readonly<Record<string, string>> = {
  unspecified: 'the unspecified address, which means "any"',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address, which belongs to a group',
  loopback: 'a loopback address, which never leaves the machine',
  linkLocal: 'a link-local address, which is only valid together with an interface and is not routed',
  ipv4Mapped: 'an IPv4 address in IPv6 spelling, which no interface has',
};
