import { addressesOf, priorityOf, type ClusterSpec, type NodeSpec, type VirtualIpSpec } from '../cluster/spec.ts';
import type { NodeFacts, Timers } from '../cluster/timers.ts';
import { peersNeeded } from '../cluster/fencing.ts';
import { durationText } from '../core/duration.ts';
import { hostPort } from '../core/ip.ts';
import { filled } from '../core/shell-text.ts';
import { haproxyNames, refusalsOf } from '../node/haproxy.ts';
import { healthPort, paths } from '../node/paths.ts';
import * as programs from './shell/programs.ts';

/**
 * Two nodes that do not hear each other, while others hear both, are both in the majority. Their majorities have a node in
 * common: it knows of both that they hold the VIP, because each node says so when it asks the others, and it refuses the
 * worse one. `test/model` has the same rule, state by state.
 */

/** Nobody is refused by anybody where nobody needs others. */
export function asksForSupport(spec: ClusterSpec): boolean {
  return peersNeeded(spec) > 0;
}

/** The nodes from the lowest priority for a VIP to the highest: the last one that is known to hold it is the best. */
function worstFirst(spec: ClusterSpec, vip: VirtualIpSpec): readonly NodeSpec[] {
  return spec.nodes.toSorted((a, b) => priorityOf(spec, a, vip) - priorityOf(spec, b, vip));
}

/** Lines of the frontend that the other nodes ask. */
export function claimRules(spec: ClusterSpec, node: NodeSpec): string {
  if (!asksForSupport(spec)) return '';
  const { claims, held } = haproxyNames;
  const best = spec.endpoint.virtualIPs.flatMap((vip) =>
    worstFirst(spec, vip).map(({ name }) => {
      const known =
        name === node.name
          ? `str(${vip.address}),table_gpt0(${held}) gt 0`
          : `str(${vip.address}/${name}),table_gpt0(${claims}) gt 0`;
      return `    http-request set-var(txn.best) str(${name}) if { var(txn.vip) -m str ${vip.address} } { ${known} }\n`;
    }),
  );
  // A node speaks for itself alone, by its address.
  const own = spec.nodes
    .filter(({ name }) => name !== node.name)
    .map(
      (peer) =>
        `    http-request set-var(txn.claim) path,regsub(^/claim/,) if { path_beg /claim/ } { path_end /${peer.name} } { src ${addressesOf(peer).join(' ')} }\n`,
    );
  return `    # /claim/VIP/NODE?holds=1: what the asker says of itself
${own.join('')}    acl claim var(txn.claim) -m found
    http-request track-sc0 var(txn.claim) table ${claims} if claim
    http-request sc-set-gpt0(0) 1 if claim { url_param(holds) 1 }
    http-request sc-set-gpt0(0) 0 if claim !{ url_param(holds) 1 }
    http-request set-var(txn.vip) path,field(3,/) if claim
    http-request set-var(txn.asker) path,field(4,/) if claim
    # The holder of the highest priority that this node knows, itself included. Who is another one is refused.
${best.join('')}    http-request return status 409 content-type text/plain lf-string %[var(txn.best)] if claim { var(txn.best) -m found } !{ var(txn.best),strcmp(txn.asker) eq 0 }
    http-request return status 200 content-type text/plain string ok if claim
`;
}

/**
 * The sections of haproxy.cfg: who says what, who is asked, and what follows for this node.
 * @param threads of the listener that keepalived's script asks, as its `bind` line has them
 */
export function supportSections(spec: ClusterSpec, node: NodeSpec, timers: Timers, threads: string): readonly string[] {
  if (!asksForSupport(spec)) return [];
  return [
    tables(timers),
    ...spec.endpoint.virtualIPs.map((vip) => refusals(spec, node, vip, timers)),
    answers(spec, node, threads),
  ];
}

function table(name: string, length: number, expireMs: number, store = ''): string {
  return `backend ${name}\n    stick-table type string len ${length} size 1k expire ${durationText(expireMs)}${store}`;
}

function tables({ support }: Timers): string {
  return `# No two holders. What the other nodes say that they hold: VIP/NODE. Forgotten when they do not ask any more.
${table(haproxyNames.claims, 320, support.claimMs, ' store gpt0')}

# Whether this node holds a VIP. Forgotten when keepalived does not run ${paths.supportScript} any more.
${table(haproxyNames.held, 64, support.heldMs, ' store gpt0')}

# A VIP that this node has just taken: until it is forgotten here, the others may still know the holder before.
${table(haproxyNames.grace, 64, support.graceMs)}

# A VIP that this node gave up because it was refused. Forgotten while the holder itself asks this node.
${table(haproxyNames.refused, 64, support.refusedMs, ' store gpt0')}`;
}

/** One backend for each VIP: a server is up where that node refuses this one. No answer, and any other one, refuses nothing. */
function refusals(spec: ClusterSpec, node: NodeSpec, vip: VirtualIpSpec, { support }: Timers): string {
  const peers = spec.nodes.filter(({ name }) => name !== node.name);
  return `# Up: a node that refuses this one as the holder of ${vip.address}.
backend ${refusalsOf(vip)}
    no log
    no option log-health-checks
    timeout connect ${durationText(support.answerMs)}
    timeout check ${durationText(support.answerMs)}
    option httpchk
    http-check send meth GET uri-lf "/claim/${vip.address}/${node.name}?holds=%[str(${vip.address}),table_gpt0(${haproxyNames.held})]"
    http-check expect status 409
    default-server check inter ${durationText(support.interMs)} fastinter ${durationText(support.fastInterMs)} downinter ${durationText(support.interMs)} fall ${support.fall} rise ${support.rise}
${peers.map(({ name, address }) => `    server ${name} ${hostPort(address, healthPort)}`).join('\n')}`;
}

/** What keepalived's script asks. Of root alone: what it says is told to the other nodes. */
function answers(spec: ClusterSpec, node: NodeSpec, threads: string): string {
  const { claims, held, grace, refused, members } = haproxyNames;
  const vips = spec.endpoint.virtualIPs;
  const peers = spec.nodes.filter(({ name }) => name !== node.name);
  return `# /support/VIP?holds=1: what ${paths.supportScript} sees. 503: too few of the other nodes are left who do not refuse this one.
frontend ${haproxyNames.support}
    mode http
    no log
    timeout http-request 1s
    timeout client 5s
    bind unix@${paths.supportSocket} ${threads} user root mode 600
    acl holds url_param(holds) 1
    http-request set-var(txn.vip) path,field(3,/)
    http-request track-sc1 var(txn.vip) table ${grace} if holds !{ var(txn.vip),table_gpt0(${held}) gt 0 }
    http-request track-sc0 var(txn.vip) table ${held}
    http-request sc-set-gpt0(0) 1 if holds
    http-request sc-set-gpt0(0) 0 if !holds
${vips.map((vip) => `    http-request set-var(txn.refusing) nbsrv(${refusalsOf(vip)}) if { var(txn.vip) -m str ${vip.address} }\n`).join('')}    http-request set-var(txn.unfit) bool(true) if { var(txn.refusing) -m int gt 0 } { nbsrv(${members}),sub(txn.refusing) lt ${peersNeeded(spec)} }
    acl unfit var(txn.unfit) -m bool
    acl grace var(txn.vip),in_table(${grace})
    acl refused var(txn.vip),table_gpt0(${refused}) gt 0
    http-request return status 200 content-type text/plain string ok if holds !unfit
    http-request return status 200 content-type text/plain string ok if holds grace
    http-request track-sc2 var(txn.vip) table ${refused} if holds
    http-request sc-set-gpt0(2) 1 if holds
    http-request return status 503 content-type text/plain string refused if holds
    http-request return status 200 content-type text/plain string ok if !refused
    # Refused before: until nobody else is known to hold it. A holder that asks this node itself is heard by keepalived too.
${vips
  .flatMap((vip) =>
    peers.map(
      ({ name }) =>
        `    http-request set-var(txn.asked) bool(true) if { var(txn.vip) -m str ${vip.address} } { str(${vip.address}/${name}),table_gpt0(${claims}) gt 0 }\n`,
    ),
  )
  .join(
    '',
  )}    http-request return status 503 content-type text/plain string refused if unfit { var(txn.asked) -m bool }
    http-request track-sc2 var(txn.vip) table ${refused}
    http-request return status 503 content-type text/plain string refused if unfit
    http-request sc-set-gpt0(2) 0
    http-request return status 200 content-type text/plain string ok`;
}

/** Blocks of keepalived.conf: each VIP has its own script, so that a node gives up what it is refused and nothing else. */
export function supportScripts(spec: ClusterSpec, { support }: Timers): readonly string[] {
  if (!asksForSupport(spec)) return [];
  return spec.endpoint.virtualIPs.map((vip) =>
    [
      '# Gives the VIP up where other nodes know a better holder, whom this one does not hear.',
      `vrrp_script ${scriptOf(vip)} {`,
      `    script "${supportCommand(vip)}"`,
      `    interval ${support.intervalMs / 1000}`,
      `    timeout ${scriptTimeoutSeconds}                          # never by being slow`,
      '    fall 1',
      '    rise 2',
      '    weight 0',
      '    user root                           # the socket that it asks on is of root alone',
      '}',
    ].join('\n'),
  );
}

/** Far above its longest run: keepalived takes a script that it ends for one that failed. */
const scriptTimeoutSeconds = 10;

export function scriptOf(vip: VirtualIpSpec): string {
  return `support_${vip.instance}`;
}

/** Also run when an instance changes its state, and by keepalived's unit once its VIPs are off: the others learn it at once. */
export function supportCommand(vip: VirtualIpSpec): string {
  return `${paths.supportScript} ${vip.address}`;
}

/** Tells HAProxy whether the node holds a VIP, and hears from it whether it may. Without an answer nothing changes. */
export function supportScript({ interface: dev }: NodeFacts, { support }: Timers): string {
  return filled(programs.checkSupport, {
    DEV: dev,
    ANSWER_SECONDS: support.answerMs / 1000,
    SOCKET: paths.supportSocket,
  });
}
