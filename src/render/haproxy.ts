import { haproxyNames } from '../node/haproxy.ts';
import { addressesOf, tellsClients, type ClusterSpec, type MachineSpec, type NodeSpec } from '../cluster/spec.ts';
import type { NodeFacts, Timers } from '../cluster/timers.ts';
import { durationText } from '../core/duration.ts';
import { hostPort } from '../core/ip.ts';
import { atLeast, versionText } from '../core/version.ts';
import { peersNeeded } from '../cluster/fencing.ts';
import { healthPort, paths, peersPort, revisionMarker } from '../node/paths.ts';
import { anyApiServer, apiServers, checkedApiServers, deadTable, livingApiServers, servesRules } from './servers.ts';
import { claimRules, supportSections } from './support.ts';
import { forgetSeconds } from './tell.ts';

/** Connections that one HAProxy takes at most: each uses two files, and checks, listeners and sockets need some. */
export function maxConnections(spec: ClusterSpec, facts: NodeFacts): number {
  return spec.haproxy.maxConnections ?? Math.max(100, Math.min(20_000, Math.floor((serviceFiles(facts) - 500) / 2.1)));
}

/**
 * Connections beside those: whether HAProxy is alive is asked on a frontend of its own, and clients must never be able to
 * fill that. A node whose health cannot be asked gives its VIPs up, and the same clients follow them to the next node.
 */
const healthConnections = 64;

/** Threads that serve clients. */
const clientThreads = 2;

/**
 * The threads of a listener. The health port has one of its own: where thousands of clients come or go at once, it answers none
 * the later. HAProxy 2.6 has `thread`; 2.7 no longer has `process`.
 */
export function threads({ haproxy }: NodeFacts, which: 'clients' | 'health'): string {
  const range = which === 'clients' ? `1-${clientThreads}` : String(clientThreads + 1);
  return atLeast(haproxy, [2, 6, 0]) ? `thread ${range}` : `process 1/${range}`;
}

/** A source may have this share of them: no kubelet and no gateway of a site needs more, and one machine cannot take all. */
const sourceShare = 0.5;

/** The unit's LimitNOFILE. */
export function serviceFiles(facts: NodeFacts): number {
  return Math.min(131_072, facts.nofile);
}

/** Renders haproxy.cfg of one node. HAProxy configuration manual 2.4–3.2. */
export function renderHaproxy(spec: ClusterSpec, node: NodeSpec, timers: Timers, facts: NodeFacts): string {
  return [
    `# ${spec.name}/${node.name}: rendered by k8s-ha for HAProxy ${versionText(facts.haproxy)}. Changes by hand are shown by \`k8s-ha plan\` and replaced by \`k8s-ha apply\`.`,
    globals(spec, node, facts),
    defaults(timers),
    frontend(spec, facts),
    apiServers(spec, timers),
    checkedApiServers(spec, timers, facts),
    livingApiServers(spec, timers, facts),
    anyApiServer(spec, timers, facts),
    members(spec, node, timers),
    health(spec, node, facts),
    deadTable,
    ...supportSections(spec, node, timers, threads(facts, 'health')),
    sources,
    tellsClients(spec) ? clients(spec) : '',
    spec.haproxy.extra.trim() === '' ? '' : `# haproxy.extra of the cluster file\n${spec.haproxy.extra.trimEnd()}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

export function globals(spec: ClusterSpec, node: MachineSpec, facts: NodeFacts): string {
  return `global${tellsClients(spec) ? `\n    localpeer ${node.name}` : ''}
    log /dev/log local0 info
    user haproxy
    group haproxy
    maxconn ${maxConnections(spec, facts) + healthConnections}                       # clients, and a reserve for the health port
    nbthread ${clientThreads + 1}                          # leave the cores to etcd and the API server: two for clients, one for the health port
    stats socket ${paths.haproxySocket} user root group root mode 600 level admin expose-fd listeners
    stats timeout 30s
    server-state-file ${paths.serverState}    # saved before each reload, so that a new worker knows who is down
    hard-stop-after 10m                 # old workers run no health checks: bound their life
    max-spread-checks 100ms`;
}

export function defaults({ check }: Timers): string {
  return `defaults
    mode tcp
    log global
    option dontlognull
    option dontlog-normal               # the journal has what failed, not every connection
    option log-health-checks
    load-server-state-from-file global
    retries 3
    option redispatch 1                 # every retry goes to another API server
    timeout connect ${durationText(check.connectMs)}
    timeout check ${durationText(check.answerMs)}                   # above etcd's readiness timeout: an election is not a death
    timeout queue 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 24h                  # watches, exec, logs -f; the dead are found by keepalives and tcp-ut
    timeout client-fin 10s
    timeout server-fin 10s
    option clitcpka
    clitcpka-idle 10s
    clitcpka-intvl 3s
    clitcpka-cnt 3
    option srvtcpka
    srvtcpka-idle 10s
    srvtcpka-intvl 3s
    srvtcpka-cnt 3`;
}

/** Both families where a VIP or a node is IPv6; IPv4 alone otherwise, because a kernel without IPv6 refuses the other. */
function wildcard({ endpoint, nodes }: ClusterSpec, port: number): string {
  return [...endpoint.virtualIPs, ...nodes].some(({ family }) => family === 'ipv6') ? `:::${port} v4v6` : `*:${port}`;
}

/** Connections by source: a table of its own, bounded in memory. */
const sources = `# Connections of each client address.
backend ${haproxyNames.sources}
    stick-table type ipv6 size 20k expire 10m store conn_cur`;

/**
 * Each client's connection to a VIP, on all nodes: the table is shared. An entry lives on the other nodes for as long as
 * `tell-clients keep` touches it.
 */
function clients(spec: ClusterSpec): string {
  const { peers, clients: table } = haproxyNames;
  return `# Who is connected to a VIP: known to the node that takes it over, which tells them (${paths.tellScript}).
peers ${peers}
${spec.nodes.map(({ name, address }) => `    peer ${name} ${hostPort(address, peersPort)}`).join('\n')}

backend ${table}
    stick-table type string len 96 size 20k expire ${forgetSeconds}s peers ${peers} store conn_cur,gpc0`;
}

/** Rules that write a connection into that table: of the VIPs alone, and only once its handshake is complete. */
function trackClients(spec: ClusterSpec): string {
  return `    tcp-request session set-var(sess.port) src_port
    tcp-request session set-var(sess.vip) dst
    tcp-request session track-sc1 src,concat(:,sess.port),concat(>,sess.vip) table ${haproxyNames.clients} if { dst ${spec.endpoint.virtualIPs.map(({ address }) => address).join(' ')} }
`;
}

function frontend(spec: ClusterSpec, facts: NodeFacts): string {
  const most = maxConnections(spec, facts);
  return `frontend ${haproxyNames.frontend}
    option tcplog
    maxconn ${most}
    tcp-request connection track-sc0 src table ${haproxyNames.sources}
    tcp-request connection reject if { sc0_conn_cur gt ${Math.ceil(most * sourceShare)} }    # one machine cannot take all
${tellsClients(spec) ? trackClients(spec) : ''}    tcp-request inspect-delay 5s        # a connection that never speaks is closed, and costs no API server anything
    tcp-request content accept if { req.ssl_hello_type 1 }
    tcp-request content reject
    bind ${wildcard(spec, spec.endpoint.port)} ${threads(facts, 'clients')} tcp-ut 10s       # the wildcard serves a VIP the instant it appears
    use_backend ${haproxyNames.any} if { nbsrv(${haproxyNames.ready}) eq 0 }    # nobody ready is not nobody alive: fail open
    default_backend ${haproxyNames.ready}`;
}

/**
 * The other nodes, by a connection to HAProxy's health port: their kernels take it, so a busy program there is no reason, and it is
 * cheap, so it can be asked often.
 */
function members(spec: ClusterSpec, node: NodeSpec, { member }: Timers): string {
  const peers = spec.nodes.filter(({ name }) => name !== node.name);
  if (peersNeeded(spec) === 0) return '';
  return `# Fencing: are enough other nodes reachable? Before a node gives up the VIP, ${paths.checkScript} asks on more ports.
backend ${haproxyNames.members}
    no option log-health-checks
    timeout connect ${durationText(member.connectMs)}
    timeout check ${durationText(member.connectMs)}
    default-server check inter ${durationText(member.interMs)} fastinter ${durationText(member.fastInterMs)} downinter ${durationText(member.interMs)} fall ${member.fall} rise 1
${peers.map(({ name, address }) => `    server ${name} ${hostPort(address, healthPort)}`).join('\n')}`;
}

function health(spec: ClusterSpec, node: NodeSpec, facts: NodeFacts): string {
  const needed = peersNeeded(spec);
  const isolated =
    needed === 0
      ? ''
      : `    http-request return status 503 content-type text/plain string isolated if { path /livez } { nbsrv(${haproxyNames.members}) lt ${needed} }\n`;
  return `frontend k8s_ha_health
    mode http
    bind ${wildcard(spec, healthPort)} ${threads(facts, 'health')}    # thousands of clients that come or go delay no answer
    no log
    timeout http-request 1s
    timeout client 5s
    acl loopback dst 127.0.0.0/8 ::1    # by where it arrived: a 6to4 source (2002:7f00::/24) would read as loopback
    acl nodes src ${spec.nodes.flatMap(addressesOf).join(' ')}
    tcp-request connection reject if !loopback !nodes    # nobody else can use the reserve up
    http-request return status 200 content-type text/plain string ok if { path /peer }    # asked by nodes of older versions
${claimRules(spec, node)}    http-request deny if !loopback
${isolated}    http-request return status 200 content-type text/plain string ok if { path /livez }
${servesRules(spec, node)}    http-request return status 200 content-type text/plain string ${revisionMarker} if { path /revision }
    http-request return status 200 content-type text/plain string ok if { path /readyz } { nbsrv(${haproxyNames.ready}) gt 0 }
    http-request return status 503 content-type text/plain string "no API server is ready" if { path /readyz }
    http-request use-service prometheus-exporter if { path /metrics }
    http-request return status 404`;
}
