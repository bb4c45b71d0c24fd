import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeSeen } from '../cluster/state.ts';
import type { Observed } from '../core/observed.ts';
import { healthPort } from '../node/paths.ts';
import { versionText, type Version } from '../core/version.ts';
import { wrap } from './wrap.ts';

/**
 * What `check --live` looked at, for people: of each node what it said over ssh, then who has each VIP. What could not be read is
 * there with the reason. Ends with a newline.
 */
export function evidenceText(spec: ClusterSpec, state: ClusterState, width: number): string {
  const column = Math.max(...spec.nodes.map(({ name }) => name.length)) + 2;
  const row = (name: string, parts: readonly string[]): readonly string[] =>
    wrap(parts.map(together).join('; '), width, { indent: column }).map((line, i) =>
      i === 0 ? `${name.padEnd(column)}${line.trimStart()}` : line,
    );
  return [
    'Read from each node, by one script over ssh that changes nothing:',
    ...state.nodes.flatMap(({ node, seen }) => row(node, seen.known ? told(spec, seen.value) : [seen.reason])),
    ...spec.endpoint.virtualIPs.map(({ address }) => `VIP ${address}: ${holderText(state, address)}`),
    '',
  ].join('\n');
}

/** Lines end between values, not within one. */
function together(part: string): string {
  return part.replaceAll(/(?<!,) /g, '\u00A0');
}

function told(spec: ClusterSpec, seen: NodeSeen): readonly string[] {
  const { programs, containers, clock, writable, freeKiB, listeners, guard } = seen;
  const ports = [spec.endpoint.port, healthPort];
  return [
    seen.os,
    shown(seen.addresses, (found) =>
      found
        .filter(isOfUse)
        .map((one) => `${one.address}/${one.prefixLength} on ${one.interface}`)
        .join(', '),
    ),
    ...Object.entries(programs).map(([name, version]) => `${name} ${shown(version, installed)}`),
    ...(containers
      ? [`podman ${shown(containers.podman, installed)}`, `crun ${shown(containers.crun, installed)}`]
      : []),
    `nft ${shown(guard.able, (able) => (able ? 'can guard adverts' : 'cannot guard adverts'))}`,
    `/etc ${shown(writable, (yes) => (yes ? 'writable' : 'read-only'))}, ${shown(freeKiB, (free) => `${Math.round(free / 1024)} MiB`)} free`,
    `${seen.nofile} open files`,
    shown(listeners, (found) =>
      ports.map((port) => `port ${port} ${found.find((one) => one.port === port)?.program ?? 'free'}`).join(', '),
    ),
    `CA ${seen.caPresent ? spec.apiServer.caFile : 'not there yet'}`,
    `clock ${shown(clock, ({ offsetMs, errorMs }) => `${offsetMs < 0 ? '−' : '+'}${Math.round(Math.abs(offsetMs))} ± ${Math.round(errorMs)} ms`)}`,
  ];
}

/** Not those that every machine has: loopback's, and IPv6's of the link. */
function isOfUse({ interface: name, address }: { readonly interface: string; readonly address: string }): boolean {
  return name !== 'lo' && !address.startsWith('fe80:');
}

/** Of some programs it is asked only whether they are there. */
function installed(version: Version | undefined): string {
  if (version === undefined) return 'not installed';
  return version.every((part) => part === 0) ? 'installed' : versionText(version);
}

function shown<T>(observed: Observed<T>, text: (value: T) => string): string {
  return observed.known ? text(observed.value) : `unknown (${observed.reason})`;
}

/** Who has it, by the nodes' own addresses and by what answers on the wire. */
function holderText(state: ClusterState, vip: string): string {
  const holders = holdersOf(state, vip);
  if (holders.length > 0) return `held by ${holders.join(' and ')}`;
  const seen = state.nodes.flatMap((node) => (node.seen.known ? [node.seen.value] : []));
  const macs = new Set(seen.flatMap(({ neighbours }) => neighbours[vip] ?? []));
  if (macs.size > 0) return `no node has it; on the wire ${[...macs].join(' and ')} answers for it`;
  return seen.length === 0 ? 'unknown: no node answered' : 'no node has it, and nobody answers for it on the wire';
}
