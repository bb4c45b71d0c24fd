import { serverNameOf, type ClusterSpec, type MachineSpec } from '../cluster/spec.ts';
import type { NodeFacts, Timers } from '../cluster/timers.ts';
import { versionText } from '../core/version.ts';
import { haproxyNames } from '../node/haproxy.ts';
import { healthPort, paths, revisionMarker } from '../node/paths.ts';
import { defaults, globals, maxConnections, threads } from './haproxy.ts';
import { revisionOf, stamped, type NodeFile, type NodeFileSet } from './render.ts';
import { anyApiServer, workerApiServers } from './servers.ts';
import { systemd } from './runtimes/systemd.ts';
import { haproxyUnit } from './runtimes/units.ts';
import { saveStateScript } from './scripts.ts';

/** Where a worker's kubelet finds the API when a HAProxy of its own balances it. */
export function localServer({ endpoint }: ClusterSpec): string {
  return `https://127.0.0.1:${endpoint.port}`;
}

/** The name by which a kubelet verifies the API server that it reaches at 127.0.0.1, which is in no certificate. */
export function localServerName(spec: ClusterSpec): string {
  return serverNameOf(spec) ?? spec.endpoint.virtualIPs[0]?.address ?? 'kubernetes';
}

/**
 * Every file of a worker whose kubelet has a HAProxy of its own: API servers are checked as on the nodes of the control plane,
 * and only the worker itself may ask.
 */
export function renderWorker(spec: ClusterSpec, worker: MachineSpec, timers: Timers, facts: NodeFacts): NodeFileSet {
  // Who is told of a takeover, and the operator's own sections, are the control plane's.
  const plain: ClusterSpec = {
    ...spec,
    failover: { ...spec.failover, tellClients: false, keepConnections: false },
  };
  const haproxy = stamped(renderWorkerHaproxy(plain, worker, timers, facts));
  const unit = stamped(haproxyUnit(facts, systemd.haproxy(plain, facts)));
  const files: readonly NodeFile[] = [
    { path: paths.saveStateScript, mode: 0o755, content: saveStateScript(), part: 'script' },
    { path: paths.haproxyConfig, mode: 0o600, content: haproxy.text, part: 'haproxy-config' },
    { path: paths.haproxyUnit, mode: 0o644, content: unit.text, part: 'haproxy-unit' },
  ];
  return {
    node: worker.name,
    files,
    revision: revisionOf(files),
    haproxyConfigRevision: haproxy.revision,
    haproxyUnitRevision: unit.revision,
    keepalivedConfigRevision: '',
    keepalivedUnitRevision: '',
  };
}

function renderWorkerHaproxy(spec: ClusterSpec, worker: MachineSpec, timers: Timers, facts: NodeFacts): string {
  return [
    `# ${spec.name}/${worker.name}: rendered by k8s-ha for HAProxy ${versionText(facts.haproxy)}. Changes by hand are shown and replaced by \`k8s-ha up\`.`,
    globals(spec, worker, facts),
    defaults(timers),
    `frontend ${haproxyNames.frontend}
    option tcplog
    maxconn ${maxConnections(spec, facts)}
    tcp-request inspect-delay 5s        # a connection that never speaks is closed, and costs no API server anything
    tcp-request content accept if { req.ssl_hello_type 1 }
    tcp-request content reject
    bind 127.0.0.1:${spec.endpoint.port} ${threads(facts, 'clients')} tcp-ut 10s
    use_backend ${haproxyNames.any} if { nbsrv(${haproxyNames.ready}) eq 0 }    # nobody ready is not nobody alive: fail open
    default_backend ${haproxyNames.ready}`,
    workerApiServers(spec, timers, facts),
    anyApiServer(spec, timers, facts),
    `frontend k8s_ha_health
    mode http
    bind 127.0.0.1:${healthPort} ${threads(facts, 'health')}
    no log
    timeout http-request 1s
    timeout client 5s
    http-request return status 200 content-type text/plain string ok if { path /livez }
    http-request return status 200 content-type text/plain string ${revisionMarker} if { path /revision }
    http-request return status 200 content-type text/plain string ok if { path /readyz } { nbsrv(${haproxyNames.ready}) gt 0 }
    http-request return status 503 content-type text/plain string "no API server is ready" if { path /readyz }
    http-request use-service prometheus-exporter if { path /metrics }
    http-request return status 404`,
  ]
    .join('\n\n')
    .concat('\n');
}
