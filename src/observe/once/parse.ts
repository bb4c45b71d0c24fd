import type {
  InstanceSeen,
  InterfaceAddress,
  Listener,
  NodeSeen,
  ServerSeen,
  ServiceSeen,
} from '../../cluster/state.ts';
import { z } from 'zod';
import { errorText } from '../../core/error.ts';
import { parseAddress } from '../../core/ip.ts';
import { parseLever } from '../../node/lever.ts';
import { parseLock } from '../../node/lock.ts';
import { parseGuard, parseLinks } from './guard.ts';
import { parseKubernetes } from './kubernetes.ts';
import { filesIn, parseSections, type Sections } from './sections.ts';
import { known, mapObserved, unknown, type Observed } from '../../core/observed.ts';
import { parseVersion, type Version } from '../../core/version.ts';

/** The text of a section that ended well; otherwise why it is unknown. */
function text(sections: Sections, name: string): Observed<string> {
  const section = sections.get(name);
  if (!section) return unknown(`the node did not answer for "${name}"`);
  if (section.rc !== 0) return unknown(section.text.trim() || `reading "${name}" ended with ${section.rc}`);
  return known(section.text);
}

function succeeded(sections: Sections, name: string): boolean {
  return sections.get(name)?.rc === 0;
}

function version(sections: Sections, name: string): Observed<Version | undefined> {
  if (sections.get(name)?.rc === 127) return known(undefined);
  const seen = text(sections, name);
  if (!seen.known) return seen;
  const parsed = parseVersion(seen.value);
  return parsed ? known(parsed) : unknown(`"${seen.value}" has no version in it`);
}

function json<T>(seen: Observed<string>, read: (value: unknown) => T): Observed<T> {
  if (!seen.known) return seen;
  try {
    return known(read(JSON.parse(seen.value)));
  } catch (error) {
    return unknown(`cannot be read: ${error instanceof z.ZodError ? z.prettifyError(error) : errorText(error)}`);
  }
}

/** `ip -j address show`. Old versions print empty objects where there is nothing to say. */
const ipLinks = z.array(
  z.object({
    ifname: z.string().default(''),
    address: z.string().default(''),
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number().optional() })).default([]),
  }),
);

function addresses(value: unknown): readonly InterfaceAddress[] {
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

const states = ['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const;

const dumped = z.array(
  z.object({
    data: z.object({
      iname: z.string(),
      state: z.number(),
      effective_priority: z.number(),
      vrid: z.number(),
      /** Seconds. */
      adver_int: z.number(),
      /** As `172.16.100.100 dev eth0 scope global set`; 2.3 writes the prefix length too. */
      vips: z.array(z.string()).default([]),
    }),
  }),
);

/** keepalived 2.2 writes the list itself, 2.3 an object that has it under "vrrp". */
const keepalivedDump = z.union([dumped, z.object({ vrrp: dumped }).transform(({ vrrp }) => vrrp)]);

function instances(value: unknown): readonly InstanceSeen[] {
  return keepalivedDump.parse(value).map(({ data }) => {
    const state = states[data.state];
    if (!state) throw new Error(`keepalived reports the state ${data.state}`);
    return {
      name: data.iname,
      state,
      priority: data.effective_priority,
      virtualRouterId: data.vrid,
      addresses: data.vips.map((vip) => canonical(vip.split(/[ /]/)[0] ?? '')),
      advertIntervalMs: Math.round(data.adver_int * 1000),
    };
  });
}

function canonical(address: string): string {
  return parseAddress(address)?.text ?? address;
}

/** keepalived's dump of its own state, as one text. */
export function parseInstances(dump: string): Observed<readonly InstanceSeen[]> {
  return dump.trim() === '' ? unknown('keepalived does not run') : json(known(dump), instances);
}

/** `show stat` is CSV with a header line that begins with `# `; only rows of servers are kept. */
function servers(csv: string): Observed<readonly ServerSeen[]> {
  const [header = '', ...lines] = csv.trim().split('\n');
  if (!header.startsWith('# ')) return unknown(`HAProxy answered "${header}" instead of its statistics`);
  const columns = header.slice(2).split(',');
  const rows = lines.map((line) => {
    const cells = line.split(',');
    return (name: string): string => cells[columns.indexOf(name)] ?? '';
  });
  return known(
    rows.map((cell) => ({
      backend: cell('pxname'),
      server: cell('svname'),
      status: cell('status'),
      sessions: Number(cell('scur')),
      lastCheck: [cell('check_status'), cell('check_code'), cell('last_chk')].filter((part) => part !== '').join(' '),
    })),
  );
}

/** Of what `sha256sum` prints. */
function digest(text = ''): string | undefined {
  return /^\\?([0-9a-f]{64}) /.exec(text)?.[1];
}

function service(sections: Sections, name: string): ServiceSeen {
  const lines = sections.get(`service:${name}`)?.text.split('\n') ?? [];
  const property = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  return {
    active: property('ActiveState') ?? 'unknown',
    enabled: property('UnitFileState') === 'enabled',
    ageMs: hundredths(property('K8S_HA_AGE')),
    unitRevision: property('K8S_HA_REVISION'),
    replaced: property('K8S_HA_RUNS'),
  };
}

/** Of a second, which is what the kernel counts a process's start in. */
function hundredths(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value) * 10;
}

function levers(sections: Sections): NodeSeen['levers'] {
  return Object.fromEntries(
    [...sections].flatMap(([name, section]) => {
      const pull = name.startsWith('lever:') ? parseLever(section.text) : undefined;
      return pull ? [[name.slice('lever:'.length), pull]] : [];
    }),
  );
}

function listeners(value: string): readonly Listener[] {
  return value.split('\n').flatMap((line) => {
    const local = line.trim().split(/\s+/)[3];
    const match = local === undefined ? null : /^(.*):(\d+)$/.exec(local);
    if (!match) return [];
    const [, address = '', port = ''] = match;
    return [{ address, port: Number(port), program: /users:\(\("([^"]+)"/.exec(line)?.[1] ?? 'unknown' }];
  });
}

/** `getent ahosts`: an address for each kind of socket, then the name. */
function resolved(lines: string): readonly string[] {
  return [
    ...new Set(
      lines
        .trim()
        .split('\n')
        .map((line) => canonical(line.split(/\s+/)[0] ?? '')),
    ),
  ];
}

/** `ip -j neigh show`. */
const ipNeighbours = z.array(
  z.object({ dst: z.string(), lladdr: z.string().optional(), state: z.array(z.string()).default([]) }),
);

function neighbours(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ipNeighbours
      .parse(value)
      .flatMap(({ dst, lladdr, state }) => (lladdr === undefined || state.includes('FAILED') ? [] : [[dst, lladdr]])),
  );
}

function containers(sections: Sections): NonNullable<NodeSeen['containers']> {
  const [haproxy, keepalived] = (['haproxy', 'keepalived'] as const).map((program) => {
    const id = text(sections, `image:${program}`);
    return id.known ? id.value.trim() : undefined;
  });
  return {
    podman: version(sections, 'podman'),
    crun: version(sections, 'crun'),
    images: { ...(haproxy !== undefined && { haproxy }), ...(keepalived !== undefined && { keepalived }) },
  };
}

/** What one observation says of a node. `sentMs` and `receivedMs` are the operator's clock around it. */
export function parseNode(output: string, sentMs: number, receivedMs: number): NodeSeen {
  const sections = parseSections(output);
  const number = (name: string): Observed<number> => mapObserved(text(sections, name), (value) => Number(value.trim()));
  const clock = number('clock');
  const lock = text(sections, 'lock');
  const neighbour = json(text(sections, 'neighbours'), neighbours);
  const nowMs = clock.known ? clock.value : receivedMs;
  const nofile = number('nofile');
  const stats = text(sections, 'servers');
  const os = text(sections, 'os');
  return {
    os: (os.known ? /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(os.value)?.[1] : undefined) ?? 'unknown',
    systemd: succeeded(sections, 'systemd'),
    packageManager: sections.get('package-manager')?.text.trim() === 'apt' ? 'apt' : 'other',
    programs: {
      keepalived: version(sections, 'keepalived'),
      haproxy: version(sections, 'haproxy'),
      curl: version(sections, 'curl'),
      socat: sections.get('socat')?.rc === 127 ? known(undefined) : known([0, 0, 0]),
    },
    ...(sections.has('podman') && { containers: containers(sections) }),
    addresses: json(text(sections, 'addresses'), addresses),
    macs: parseLinks(sections),
    guard: parseGuard(sections.get('guard')),
    // "unlimited" has no number; HAProxy's own bound applies then.
    nofile: nofile.known && Number.isFinite(nofile.value) ? nofile.value : 1_048_576,
    caPresent: succeeded(sections, 'ca'),
    caDigest: digest(sections.get('ca')?.text),
    writable: sections.has('writable')
      ? succeeded(sections, 'writable')
        ? known(true)
        : /read-only/i.test(sections.get('writable')?.text ?? '')
          ? known(false)
          : unknown(sections.get('writable')?.text.trim() ?? '')
      : unknown('not asked'),
    freeKiB: number('free'),
    files: filesIn(sections),
    haproxy: service(sections, 'haproxy'),
    keepalived: service(sections, 'keepalived'),
    addons: service(sections, 'addons'),
    haproxyConfig: mapObserved(text(sections, 'haproxy-config'), (value) => value.trim()),
    keepalivedConfig: mapObserved(text(sections, 'keepalived-config'), (value) => value.split(' ')[0]?.trim() ?? ''),
    livez: number('livez'),
    instances: json(text(sections, 'instances'), instances),
    servers: stats.known ? servers(stats.value) : stats,
    levers: levers(sections),
    lock: lock.known ? parseLock(lock.value.trim(), nowMs / 1000) : undefined,
    kubernetes: parseKubernetes((name) => sections.get(name), nowMs),
    listeners: mapObserved(text(sections, 'listeners'), listeners),
    neighbours: neighbour.known ? neighbour.value : {},
    dns: mapObserved(text(sections, 'dns'), resolved),
    clock: mapObserved(clock, (value) => ({
      offsetMs: Math.round(value - (sentMs + receivedMs) / 2),
      errorMs: Math.round((receivedMs - sentMs) / 2),
    })),
  };
}
