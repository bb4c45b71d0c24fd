import * as z from 'zod';
import type { InstanceSeen } from '../../cluster/state.ts';
import { unknown, known, type Observed } from '../../core/observed.ts';
import { jsonReader } from './json.ts';
import { address } from './network/read.ts';

const states = ['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const;

const dumped = z.array(
  z.object({
    data: z.object({
      iname: z.string().regex(/^[\w.:-]{1,64}$/),
      state: z.int(),
      effective_priority: z.int().min(0).max(255),
      vrid: z.int().min(0).max(255),
      /** Seconds. */
      adver_int: z.number().min(0).max(255),
      /** Seconds since the epoch. */
      last_transition: z.number().optional().catch(undefined),
      /** As `172.16.100.100 dev eth0 scope global set`; 2.3 writes the prefix length too. */
      vips: z
        .array(
          z
            .string()
            .transform((vip) => vip.split(/[ /]/, 1)[0] ?? '')
            .pipe(address),
        )
        .default([]),
    }),
  }),
);

/** keepalived 2.2 writes the list itself, 2.3 an object that has it under "vrrp". */
const keepalivedDump = z.union([dumped, z.object({ vrrp: dumped }).transform(({ vrrp }) => vrrp)]);

/** VRRP has 255 router ids in each family on an interface. */
const mostInstances = 1000;

function instances(value: unknown): readonly InstanceSeen[] {
  return keepalivedDump
    .parse(value)
    .slice(0, mostInstances)
    .map(({ data }) => {
      const state = states[data.state];
      if (!state) throw new Error(`keepalived reports the state ${data.state}`);
      return {
        name: data.iname,
        state,
        priority: data.effective_priority,
        virtualRouterId: data.vrid,
        addresses: data.vips,
        advertIntervalMs: Math.round(data.adver_int * 1000),
        ...transitionOf(data.last_transition),
      };
    });
}

/** 2001 and 2286: what is not between them is no time of a cluster, such as 0 for an instance that has had no transition. */
const [earliestS, latestS] = [1e9, 1e10];

function transitionOf(seconds: number | undefined): Pick<InstanceSeen, 'sinceMs'> {
  return seconds !== undefined && seconds > earliestS && seconds < latestS
    ? { sinceMs: Math.round(seconds * 1000) }
    : {};
}

/** keepalived's dump of its own state, as one text. */
export function parseInstances(dump: string): Observed<readonly InstanceSeen[]> {
  return dump.trim() === '' ? unknown('keepalived does not run') : instancesOf(known(dump));
}

/** The dump is JSON, or text where keepalived was built without that: its lines are parted by newlines, or by tabs. */
export function instancesOf(seen: Observed<string>): Observed<readonly InstanceSeen[]> {
  if (!seen.known || !seen.value.startsWith(' VRRP Instance')) return instancesIn(seen);
  return instancesIn(known(JSON.stringify(fromText(seen.value))));
}

const instancesIn = jsonReader(instances);

/** Fields of the text by what stands before ` = `, as the JSON has them. Numbers that are none become null, and are refused. */
const fields: Readonly<Record<string, (value: string) => object>> = {
  State: (value) => ({ state: (states as readonly string[]).indexOf(value) }),
  'Effective priority': (value) => ({ effective_priority: Number(value) }),
  'Virtual Router ID': (value) => ({ vrid: Number(value) }),
  // Seconds, of VRRP version 2, or thousandths.
  'Advert interval': (value) => {
    const [count, unit] = value.split(' ');
    return { adver_int: unit === 'milli-sec' ? Number(count) / 1000 : Number(count) };
  },
  'Last transition': (value) => ({ last_transition: Number(value.split(' ', 1)[0]) }),
};

/** The same as the JSON dump has it: instances, their fields below them, and below "Virtual IP" the addresses. */
function fromText(dump: string): readonly { readonly data: object }[] {
  const found: { data: Record<string, unknown>; vips: string[] }[] = [];
  let list = '';
  for (const line of dump.split(/[\n\t]/, mostLines)) {
    const [, indent = '', name = '', value] = /^( {1,5})(\S.*?)(?: = (.*)|(?: \(\d+\)| ):)?$/.exec(line) ?? [];
    const last = found.at(-1);
    if (indent.length === 1 && name === 'VRRP Instance') found.push({ data: { iname: value }, vips: [] });
    else if (indent.length === 3) {
      list = value === undefined ? name : '';
      if (last && value !== undefined) Object.assign(last.data, Object.hasOwn(fields, name) && fields[name]?.(value));
    } else if (indent.length === 5 && list === 'Virtual IP') last?.vips.push(line.trim());
  }
  return found.map(({ data, vips }) => ({ data: { ...data, vips } }));
}

const mostLines = 20 * mostInstances;
