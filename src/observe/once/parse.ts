import type { InterfaceAddress, NodeSeen, ServerSeen, ServiceSeen } from '../../cluster/state.ts';
import { brief } from '../../core/printable.ts';
import { managerOf, releaseOf } from '../../node/distributions.ts';
import { forms, isOurFile, wholeNumber } from '../../node/said.ts';
import { parseConfinement } from './confinement.ts';
import { segmentOf } from './network/segment.ts';
import { addresses, listeners, neighbours, resolved, silentNeighbours } from './network/read.ts';
import { openedBy } from './network/firewall.ts';
import { reachOf } from './network/reach.ts';
import { checkCodeOf, countOf, csvRows, longestTable, withCheckOf, type Row } from './csv.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { parseAddress } from '../../core/ip.ts';
import { instancesOf } from './instances.ts';
import { jsonReader } from './json.ts';
import { parseLever } from '../../node/lever.ts';
import { parseLock } from '../../node/lock.ts';
import { parseGuard, parseKeepable, parseLinks } from './guard.ts';
import { parseHealthCheck } from './kubernetes/health-check.ts';
import { parseKubernetes } from './kubernetes/answers.ts';
import { filesIn, parseSections, type Sections } from './sections.ts';
import { known, mapObserved, unknown, type Observed } from '../../core/observed.ts';
import { readOnce } from '../../core/read-once.ts';
import { parseVersion, type Version } from '../../core/version.ts';

/** The text of a section that ended well; otherwise why it is unknown. */
function text(sections: Sections, name: string): Observed<string> {
  const section = sections.get(name);
  if (!section) return unknown(`the node did not answer for "${name}"`);
  if (section.rc !== 0) return unknown(brief(section.text) || `reading "${name}" ended with ${section.rc}`);
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
  return parsed ? known(parsed) : unknown(`"${brief(seen.value)}" has no version in it`);
}

/** A program that is only looked for, whatever its version: told as 0. */
function present(sections: Sections, name: string): Observed<Version | undefined> {
  if (sections.get(name)?.rc === 127) return known(undefined);
  return mapObserved(text(sections, name), () => [0, 0, 0]);
}

/** `show stat` is CSV with a header line that begins with `# `. */
function statistics(csv: string): Observed<readonly Row[]> {
  const rows = csvRows(csv.trim().split('\n', longestTable));
  return rows ? known(rows) : unknown(`HAProxy answered "${brief(csv)}" instead of its statistics`);
}

function clients(rows: readonly Row[]): NodeSeen['clients'] {
  const row = rows.find((cell) => cell('svname') === frontendRow && cell('pxname') === haproxyNames.frontend);
  const [current, limit] = [row?.('scur'), row?.('slim')].map((cell) => (cell === undefined ? cell : countOf(cell)));
  return current === undefined || limit === undefined
    ? unknown('HAProxy does not tell how many clients it has')
    : known({ current, limit });
}

const frontendRow = 'FRONTEND';

function servers(rows: readonly Row[]): Observed<readonly ServerSeen[]> {
  const checked = rows.filter((cell) => cell('pxname') === haproxyNames.checked);
  const read = rows
    .filter((cell) => cell('svname') !== frontendRow && cell('pxname') !== haproxyNames.checked)
    .map((row) => (row('pxname') === haproxyNames.ready ? withCheckOf(row, checked) : row))
    .map((cell) => ({
      backend: cell('pxname'),
      server: cell('svname'),
      status: cell('status'),
      sessions: countOf(cell('scur')),
      ...checkCodeOf(cell),
      lastCheck: [cell('check_status'), cell('check_code'), cell('last_chk')].filter((part) => part !== '').join(' '),
    }));
  const odd = read.find(({ sessions }) => sessions === undefined);
  if (odd) return unknown(`HAProxy's number of sessions of ${odd.server} is no number`);
  return known(read.map((row) => ({ ...row, sessions: row.sessions ?? 0 })));
}

/** Of what `sha256sum` prints. */
function digest(text = ''): string | undefined {
  return /^\\?([0-9a-f]{64}) /.exec(text)?.[1];
}

/** @param questions sections that the program answers while it is well */
function service(sections: Sections, name: string, questions: readonly string[] = []): ServiceSeen {
  const lines = sections.get(`service:${name}`)?.text.split('\n') ?? [];
  const property = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  const replaced = property('K8S_HA_RUNS');
  const active = formed(property('ActiveState'), forms.unitState) ?? 'unknown';
  const asked = active === 'active' && questions.some((question) => sections.has(question));
  return {
    active,
    ...(asked && { answers: questions.some((question) => succeeded(sections, question)) }),
    enabled: property('UnitFileState') === 'enabled',
    ageMs: hundredths(property('K8S_HA_AGE')),
    // A timer has no process that could say it.
    unitRevision: formed(
      property('K8S_HA_REVISION') ?? /\(k8s-ha (\w+)\)$/.exec(property('Description') ?? '')?.[1],
      forms.revision,
    ),
    replaced: replaced === undefined ? undefined : brief(replaced),
  };
}

/** From its start until then it may not have begun to listen. */
const surelyListensMs = 1000;

function withLevers(keepalived: ServiceSeen, sections: Sections): ServiceSeen {
  const said = sections.get('hears')?.text.trim();
  if (said === 'yes') return { ...keepalived, hearsLevers: true };
  return said === 'no' && (keepalived.ageMs ?? 0) >= surelyListensMs
    ? { ...keepalived, hearsLevers: false }
    : keepalived;
}

function watchesOf(sections: Sections): NodeSeen['watches'] {
  const [limit, used] = (sections.get('inotify')?.text ?? '').trim().split(' ').map(wholeNumber);
  return limit === undefined || used === undefined ? undefined : { limit, used };
}

/** What a unit did last ended badly, also where it is tried again. */
function hasFailed(sections: Sections, name: string): boolean {
  const result = /^Result=(.*)$/m.exec(sections.get(`service:${name}`)?.text ?? '')?.[1] ?? '';
  return result !== '' && result !== 'success';
}

/** Of a second, which is what the kernel counts a process's start in. */
function hundredths(value: string | undefined): number | undefined {
  const count = value === undefined ? undefined : wholeNumber(value);
  return count === undefined || count < 0 ? undefined : count * 10;
}

/** What has not the form that it must have was not said. */
function formed(value: string | undefined, form: RegExp): string | undefined {
  return value !== undefined && form.test(value) ? value : undefined;
}

function levers(sections: Sections): NodeSeen['levers'] {
  return Object.fromEntries(
    [...sections].flatMap(([name, section]) => {
      const pull = /^lever:[\w.:-]{1,64}$/.test(name) ? parseLever(section.text) : undefined;
      return pull ? [[name.slice('lever:'.length), pull]] : [];
    }),
  );
}

/** A line for each VIP, before the addresses were read or after: how many connections, and for how many seconds. */
function keptConnections(sections: Sections): NodeSeen['kept'] {
  return Object.fromEntries(
    [...sections].flatMap(([name, { rc, text: said }]) => {
      if (!name.startsWith('kept')) return [];
      const vip = parseAddress(/^kept(?:-before)?:(.{1,64})$/.exec(name)?.[1] ?? '')?.text;
      const numbers = /^(\d{1,9}) (\d{1,9})\s*$/.exec(said);
      return vip !== undefined && rc === 0 && numbers
        ? [[vip, { connections: Number(numbers[1]), ageMs: Number(numbers[2]) * 1000 }]]
        : [];
    }),
  );
}

/** An address that is kept on the loopback interface is another node's: this one does not answer for it. */
function notKept(kept: NodeSeen['kept']): (found: InterfaceAddress) => boolean {
  return ({ interface: name, address: given }) => name !== 'lo' || kept[given] === undefined;
}

function containers(sections: Sections): NonNullable<NodeSeen['containers']> {
  const [haproxy, keepalived] = (['haproxy', 'keepalived'] as const).map((program) => {
    const id = text(sections, `image:${program}`);
    return id.known ? formed(id.value.trim(), forms.imageId) : undefined;
  });
  return {
    podman: version(sections, 'podman'),
    crun: version(sections, 'crun'),
    images: { ...(haproxy !== undefined && { haproxy }), ...(keepalived !== undefined && { keepalived }) },
  };
}

function numberOf(seen: Observed<string>, name: string): Observed<number> {
  if (!seen.known) return seen;
  const number = wholeNumber(seen.value);
  return number === undefined ? unknown(`"${brief(seen.value)}" is no number for "${name}"`) : known(number);
}

function revision(seen: Observed<string>): Observed<string> {
  if (!seen.known) return seen;
  const word = seen.value.trim().split(' ', 1)[0] ?? '';
  return forms.revision.test(word) ? known(word) : unknown(`"${brief(seen.value)}" is no revision`);
}

const addressesIn = jsonReader(addresses);
const neighboursIn = jsonReader(neighbours);
const silentNeighboursIn = jsonReader(silentNeighbours);
const releaseIn = readOnce(releaseOf);

/** What one observation says of a node. `sentMs` and `receivedMs` are the operator's clock around it. */
export function parseNode(output: string, sentMs: number, receivedMs: number): NodeSeen {
  const sections = parseSections(output);
  const number = (name: string): Observed<number> => numberOf(text(sections, name), name);
  const clock = number('clock');
  const lock = text(sections, 'lock');
  const neighbour = neighboursIn(text(sections, 'neighbours'));
  const nowMs = clock.known ? clock.value : receivedMs;
  const nofile = number('nofile');
  const csv = text(sections, 'servers');
  const stats = csv.known ? statistics(csv.value) : csv;
  const os = text(sections, 'os');
  const dns = text(sections, 'dns');
  const reach = reachOf(sections);
  const release = os.known ? releaseIn(os.value) : undefined;
  const opened = openedBy(sections.get('opened'));
  const keepable = parseKeepable(sections.get('keep'));
  const kept = keptConnections(sections);
  const watches = watchesOf(sections);
  const confinement = parseConfinement(sections.get('confinement')?.text);
  const segment = segmentOf(sections.get('routes')?.text, silentNeighboursIn(text(sections, 'neighbours')));
  const lastChange = formed(/([^/]+)\/?$/.exec(sections.get('last-change')?.text ?? '')?.[1], forms.stamp);
  const healthCheck = parseHealthCheck((name) => sections.get(name), nowMs);
  return {
    os: brief((os.known ? /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(os.value)?.[1] : undefined) ?? 'unknown'),
    systemd: succeeded(sections, 'systemd'),
    ...(release && { release }),
    packageManager: managerOf(release, sections.get('package-manager')?.text.trim() ?? ''),
    programs: {
      keepalived: version(sections, 'keepalived'),
      haproxy: version(sections, 'haproxy'),
      curl: present(sections, 'curl'),
      socat: present(sections, 'socat'),
    },
    ...(sections.has('podman') && { containers: containers(sections) }),
    addresses: mapObserved(addressesIn(text(sections, 'addresses')), (found) => found.filter(notKept(kept))),
    kept,
    macs: parseLinks(sections),
    guard: parseGuard(sections.get('guard')),
    ...(opened && { firewall: opened }),
    ...(keepable && { keepable }),
    // "unlimited" has no number; HAProxy's own bound applies then.
    nofile: nofile.known && nofile.value > 0 ? nofile.value : 1_048_576,
    caPresent: succeeded(sections, 'ca'),
    caDigest: digest(sections.get('ca')?.text),
    ...(healthCheck && { healthCheck }),
    writable: sections.has('writable')
      ? succeeded(sections, 'writable')
        ? known(true)
        : /read-only/i.test(sections.get('writable')?.text ?? '')
          ? known(false)
          : unknown(brief(sections.get('writable')?.text ?? ''))
      : unknown('not asked'),
    freeKiB: number('free'),
    ...(lastChange !== undefined && { lastChange }),
    files: filesIn(sections).filter(({ path }) => isOurFile(path)),
    haproxy: service(sections, 'haproxy', ['haproxy-config', 'livez', 'servers']),
    keepalived: withLevers(service(sections, 'keepalived', ['instances']), sections),
    addons: service(sections, 'addons'),
    snapshots: { ...service(sections, 'snapshots'), failed: hasFailed(sections, 'snapshot') },
    haproxyConfig: revision(text(sections, 'haproxy-config')),
    keepalivedConfig: revision(text(sections, 'keepalived-config')),
    livez: number('livez'),
    instances: instancesOf(text(sections, 'instances')),
    servers: stats.known ? servers(stats.value) : stats,
    clients: stats.known ? clients(stats.value) : stats,
    levers: levers(sections),
    lock: lock.known ? parseLock(lock.value.trim(), nowMs / 1000) : undefined,
    kubernetes: parseKubernetes((name) => sections.get(name), nowMs),
    listeners: mapObserved(text(sections, 'listeners'), listeners),
    neighbours: neighbour.known ? neighbour.value : {},
    ...(reach && { reach }),
    ...(watches && { watches }),
    ...(confinement && { confinement }),
    ...(segment && { segment }),
    dns: dns.known ? resolved(dns.value) : dns,
    clock: mapObserved(clock, (value) => ({
      offsetMs: Math.round(value - (sentMs + receivedMs) / 2),
      errorMs: Math.round((receivedMs - sentMs) / 2),
    })),
  };
}
