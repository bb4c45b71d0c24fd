import type { VirtualIpSpec } from '../../cluster/spec.ts';
import { ipv6Hex } from '../../core/ip.ts';

/** A hardware address that nobody has: locally administered (IEEE 802), `k8s` and a number. */
const strangerMac = '026b38730001';

/** Shell that sends on a device what a machine says that has just got the VIP, from another hardware address than any node's. */
export function strangersAnnouncement(vip: VirtualIpSpec, device: string): string {
  const [receiver, payload] =
    vip.family === 'ipv4' ? ['ffffffffffff', arpAnnouncement(vip.address)] : ['333300000001', unsolicited(vip.address)];
  // The frame's sender is the node itself: no switch learns the stranger at the node's port, or closes that for it.
  return `printf '${octal(receiver)}'"$(for byte in $(tr : ' ' </sys/class/net/${device}/address); do printf '\\\\%03o' "0x$byte"; done)"'${octal(payload)}' | socat -u - INTERFACE:${device}`;
}

/** An ARP announcement: a request for its own address (RFC 5227 §2.3). */
export function arpAnnouncement(address: string): string {
  const ip = Buffer.from(address.split('.').map(Number)).toString('hex');
  // EtherType, then: Ethernet, IPv4, lengths of both addresses, request.
  return ['0806', '0001', '0800', '06', '04', '0001', strangerMac, ip, '000000000000', ip].join('');
}

/** An unsolicited neighbour advertisement to all nodes, which overrides (RFC 4861 §7.2.6). */
export function unsolicited(address: string): string {
  const [from, to] = [ipv6Hex(address), ipv6Hex('ff02::1')];
  const body = (checksum: string): string => `8800${checksum}20000000${from}0201${strangerMac}`;
  const length = body('0000').length / 2;
  // RFC 8200 §8.1: the pseudo-header has the addresses, the length and the next header.
  const checksum = internetChecksum(`${from}${to}${hex(length, 8)}${hex(58, 8)}${body('0000')}`);
  // EtherType, then: version 6, length, ICMPv6, hop limit 255.
  return ['86dd', '60000000', hex(length, 4), '3a', 'ff', from, to, body(hex(checksum, 4))].join('');
}

/** RFC 1071, of whole 16-bit words. */
function internetChecksum(text: string): number {
  const words = text.match(/.{4}/g) ?? [];
  let sum = words.reduce((total, word) => total + Number.parseInt(word, 16), 0);
  while (sum > 0xff_ff) sum = (sum & 0xff_ff) + (sum >>> 16);
  return ~sum & 0xff_ff;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** As printf of every shell takes it. */
function octal(text: string): string {
  return [...Buffer.from(text, 'hex')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
