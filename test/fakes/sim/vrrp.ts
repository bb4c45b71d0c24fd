import { parseLever } from '../../../src/node/lever.ts';
import { paths, yieldFile } from '../../../src/node/paths.ts';
import type { Shape } from '../../../src/render/shape.ts';
import { guardedMacs } from '../../../src/render/guard.ts';
import { madeOnce, readOnce } from '../../../src/core/read-once.ts';
import { isRefused, type Voice } from './refused.ts';
import { contentOf, loadedShape, type SimInstance, type SimNode } from './node.ts';

/** Who holds each VIP after a moment has passed: RFC 9568 with keepalived's nopreempt, tracked files and fencing. */
export function elect(nodes: readonly SimNode[], cut: (a: string, b: string) => boolean, nowMs: number): void {
  const speaking = nodes.map((node) => speakerOf(nodes, cut, node)).filter((speaker) => speaker !== undefined);
  if (speaking.length === 0) return;
  const claims = speaking.flatMap((speaker) => speaker.claims.map((claim) => ({ speaker, claim })));
  for (const { speaker, claim } of claims) begin(speaker, claim, () => voicesOf(claim.vip, nodes, claims), cut, nowMs);
  // The shortest timer first, as on a wire: who has taken a VIP over is heard by the others at once.
  const heard = new Map(speaking.map((self) => [self, speaking.filter((other) => hears(self, other, cut))]));
  for (const { speaker, claim } of claims.toSorted((a, b) => a.claim.timeoutMs - b.claim.timeoutMs))
    judge(speaker, claim, heard.get(speaker) ?? [], nowMs);
  for (const { speaker, claim } of claims)
    if (speaker.node.instances.get(claim.name)?.state === 'MASTER')
      judge(speaker, claim, heard.get(speaker) ?? [], nowMs);
  for (const { node, claims } of speaking) {
    const held = claims.filter(({ name }) => node.instances.get(name)?.state === 'MASTER').map(({ vip }) => vip);
    for (const vip of node.vips) if (!held.includes(vip)) node.vips.delete(vip);
    for (const vip of held) node.vips.add(vip);
  }
}

interface Claim {
  readonly name: string;
  readonly vip: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly preempt: boolean;
}

interface Speaker {
  readonly node: SimNode;
  readonly peers: ReadonlySet<string>;
  readonly startupDelayMs: number;
  readonly claims: readonly Claim[];
  readonly fit: (vip: string) => boolean;
}

/** A node whose keepalived takes part in elections; undefined where none runs. */
function speakerOf(
  nodes: readonly SimNode[],
  cut: (a: string, b: string) => boolean,
  node: SimNode,
): Speaker | undefined {
  const shape = loadedShape(node);
  if (!node.up || !node.services.keepalived.active || node.machine.hung.has('keepalived') || !shape) return undefined;
  const text = node.services.keepalived.loaded;
  const pulled = (path: string): boolean => isPulled(contentOf(node, path));
  const sick =
    node.machine.linkDown ||
    node.machine.hung.has('haproxy') ||
    isolated(node, nodes, cut) ||
    unheard(node) ||
    !node.services.haproxy.active ||
    pulled(paths.drain) ||
    pulled(paths.haproxyDown);
  return {
    node,
    peers: addressesIn(shape),
    startupDelayMs: shape.startupDelayMs,
    fit: (address) => !sick && !pulled(yieldFile(address)),
    claims: claimsOf(shape, text),
  };
}

const isPulled = readOnce((text) => parseLever(text) !== undefined);

const addressesIn = madeOnce((shape: Shape) => new Set(shape.members.map(({ address }) => address)));

/** As the fencing in haproxy.cfg asks: too few of the other nodes answer. */
export function isolated(node: SimNode, nodes: readonly SimNode[], cut: (a: string, b: string) => boolean): boolean {
  const needed = peersNeeded(node.services.haproxy.loaded);
  if (needed === 0) return false;
  const shape = loadedShape(node);
  const members = shape && addressesIn(shape);
  const alive = nodes.filter(
    (other) =>
      other !== node &&
      other.up &&
      other.services.haproxy.active &&
      !other.machine.hung.has('haproxy') &&
      members?.has(other.address) === true &&
      !cut(node.name, other.name) &&
      !cut(other.name, node.name),
  );
  return alive.length < needed;
}

const peersNeeded = readOnce((text) =>
  Number(/string isolated if \{ path \/livez \} \{ nbsrv\(\S+\) lt (\d+) \}/.exec(text)?.[1] ?? 0),
);

/** What a keepalived claims by its configuration. */
function claimsOf(shape: Shape, text: string): readonly Claim[] {
  const known = claims.get(shape);
  if (known) return known;
  const made = shape.instances.map(({ name, address, virtualRouterId, advertIntervalMs }) => {
    const body = text.slice(text.indexOf(`vrrp_instance ${name} {`));
    const priority = Number(/priority (\d+)/.exec(body)?.[1] ?? 100);
    const adverts = Number(/down_timer_adverts (\d+)/.exec(body)?.[1] ?? 3);
    return {
      name,
      vip: address,
      virtualRouterId,
      priority,
      timeoutMs: adverts * advertIntervalMs + skewOf(priority, advertIntervalMs),
      preempt: shape.preempt,
    };
  });
  claims.set(shape, made);
  return made;
}

const claims = new WeakMap<Shape, readonly Claim[]>();

function skewOf(priority: number, advertMs: number): number {
  return ((256 - priority) / 256) * advertMs;
}

/** Every node as the holder of a VIP, or not. One whose keepalived does not run can still tell of others. */
function voicesOf(
  vip: string,
  nodes: readonly SimNode[],
  claims: readonly { readonly speaker: Speaker; readonly claim: Claim }[],
): readonly Voice[] {
  return nodes.map((node) => {
    const claim = claims.find((one) => one.speaker.node === node && one.claim.vip === vip)?.claim;
    const holds = claim !== undefined && node.instances.get(claim.name)?.state === 'MASTER';
    return { node, holds, priority: claim?.priority ?? 0 };
  });
}

function begin(
  { node, startupDelayMs, fit }: Speaker,
  { name, vip, priority }: Claim,
  voices: () => readonly Voice[],
  cut: (a: string, b: string) => boolean,
  nowMs: number,
): void {
  const before = node.instances.get(name);
  const listening = nowMs - node.services.keepalived.startedMs < startupDelayMs;
  const instance: SimInstance = before ?? { state: 'INIT', heardMs: nowMs };
  const refused = isRefused({ node, priority, holds: instance.state === 'MASTER' }, instance, voices, cut, nowMs);
  if (!fit(vip) || refused) instance.state = 'FAULT';
  else if (listening && instance.state !== 'MASTER') {
    instance.state = 'INIT';
    instance.heardMs = nowMs;
  } else if (instance.state === 'FAULT' || instance.state === 'INIT') {
    instance.state = 'BACKUP';
    instance.heardMs = nowMs;
  }
  node.instances.set(name, instance);
}

/** @param others whose adverts reach it */
function judge(self: Speaker, claim: Claim, others: readonly Speaker[], nowMs: number): void {
  const instance = self.node.instances.get(claim.name);
  if (!instance || instance.state === 'FAULT' || instance.state === 'INIT') return;
  const heard = others.flatMap((other) =>
    other.claims
      .filter(({ name, virtualRouterId, vip }) => {
        // keepalived drops an advert that has another address.
        if (virtualRouterId !== claim.virtualRouterId || vip !== claim.vip) return false;
        return other.node.instances.get(name)?.state === 'MASTER';
      })
      .map(({ priority }) => ({ priority, address: other.node.address })),
  );
  if (instance.state === 'MASTER') {
    // Of two with the same priority the one with the greater address stays.
    const better = heard.some(
      ({ priority, address }) =>
        priority > claim.priority || (priority === claim.priority && address > self.node.address),
    );
    if (better) Object.assign(instance, { state: 'BACKUP', heardMs: nowMs });
    return;
  }
  if (heard.some(({ priority }) => !claim.preempt || priority >= claim.priority)) {
    instance.heardMs = nowMs;
    return;
  }
  // As if no holder ever said goodbye: longer than in truth, and whoever hears nobody takes over all the same.
  const waited = nowMs - instance.heardMs;
  if (waited >= claim.timeoutMs) instance.state = 'MASTER';
}

/** A's adverts reach B: each has the other among its peers, and no cut is between them. */
function hears(self: Speaker, other: Speaker, cut: (a: string, b: string) => boolean): boolean {
  return (
    other !== self &&
    other.peers.has(self.node.address) &&
    self.peers.has(other.node.address) &&
    letsIn(self.node, other.node) &&
    !cut(other.node.name, self.node.name)
  );
}

/** The rules that the kernel has, and none where it has none. */
function letsIn({ guard }: SimNode, { address, mac }: SimNode): boolean {
  if (guard === undefined) return true;
  const known = heardBy(guard);
  return known.addresses.has(address) && (known.macs[address] ?? mac) === mac;
}

const heardBy = readOnce((guard) => ({
  addresses: new Set([...guard.matchAll(/ saddr (\S+) (?:ether saddr \S+ )?accept$/gm)].map(([, at]) => at)),
  macs: guardedMacs(guard),
}));

/** As the check script asks. */
function unheard(node: SimNode): boolean {
  const own = ownMac(contentOf(node, paths.checkScript));
  return own !== undefined && own !== node.mac;
}

const ownMac = readOnce((text) => /\|\| mac=(\S+)$/m.exec(text)?.[1]);
