import * as z from 'zod';
import type { InterfaceAddress, Listener } from '../../../cluster/state.ts';
import { parseAddress } from '../../../core/ip.ts';
import { known, unknown, type Observed } from '../../../core/observed.ts';
import { brief } from '../../../core/printable.ts';
import { forms } from '../../../node/said.ts';

/** An address in its one spelling, so that equal addresses are equal texts. */
export const address = z.string().transform((text, context) => {
  const parsed = parseAddress(text);
  if (parsed) return parsed.text;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(brief(text))} is no address` });
  return z.NEVER;
});

/** Interfaces, addresses and neighbours of one node: a busy node of Kubernetes has some hundreds. */
const mostEntries = 10_000;

/** `ip -j address show`. Old versions print empty objects where there is nothing to say. */
const ipLinks = z
  .array(
    z.object({
      ifname: z.union([z.string().regex(forms.interfaceName, 'is no name of an interface'), z.literal('')]).default(''),
      address: z.union([z.string().regex(forms.mac), address, z.literal('')]).default(''),
      addr_info: z
        .array(z.object({ local: address.optional(), prefixlen: z.int().min(0).max(128).optional() }))
        .max(mostEntries)
        .default([]),
    }),
  )
  .max(mostEntries);

export function addresses(value: unknown): readonly InterfaceAddress[] {
  return ipLinks
    .parse(value)
    .flatMap((link) =>
      link.addr_info.flatMap(({ local, prefixlen }) =>
        local === undefined
          ? []
          : [{ interface: link.ifname, mac: link.address, address: local, prefixLength: prefixlen ?? 0 }],
      ),
    );
}

export function listeners(value: string): readonly Listener[] {
  return value.split('\n').flatMap((line) => {
    const local = line.slice(0, 2000).trim().split(/\s+/)[3];
    const match = local === undefined ? null : /^([\w.:*%[\]-]{1,80}):(\d{1,5})$/.exec(local);
    if (!match) return [];
    const [, address = '', port = ''] = match;
    const program = /users:\(\("([^"]{1,40})"/.exec(line)?.[1] ?? '';
    return [{ address, port: Number(port), program: forms.program.test(program) ? program : 'unknown' }];
  });
}

/** `getent ahosts`: an address for each kind of socket, then the name. */
export function resolved(lines: string): Observed<readonly string[]> {
  const words = lines
    .trim()
    .split('\n', 1000)
    .map((line) => line.split(/\s+/, 1)[0] ?? '');
  const found = words.map((word) => parseAddress(word)?.text);
  const odd = found.indexOf(undefined);
  return odd === -1
    ? known([...new Set(found.filter((one) => one !== undefined))])
    : unknown(`"${brief(words[odd] ?? '')}" is no address`);
}

/** `ip -j neigh show`. */
const ipNeighbours = z.array(
  z.object({ dst: address, lladdr: z.string().regex(forms.mac).optional(), state: z.array(z.string()).default([]) }),
);

/** Who was asked for by ARP or ND, and did not answer. */
export function silentNeighbours(value: unknown): readonly string[] {
  return ipNeighbours
    .parse(value)
    .flatMap(({ dst, state }) => (state.includes('FAILED') || state.includes('INCOMPLETE') ? [dst] : []));
}

export function neighbours(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ipNeighbours
      .parse(value)
      .flatMap(({ dst, lladdr, state }) => (lladdr === undefined || state.includes('FAILED') ? [] : [[dst, lladdr]])),
  );
}
