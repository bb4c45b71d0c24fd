import { peersNeeded } from '../cluster/fencing.ts';
import { serverNameOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import { elsewhereMs, hungMs, servesMs, type NodeFacts, type Timers } from '../cluster/timers.ts';
import { durationText } from '../core/duration.ts';
import { hostPort } from '../core/ip.ts';
import { haproxyNames } from '../node/haproxy.ts';
import { healthPort, paths } from '../node/paths.ts';

/** Without a name HAProxy verifies the CA alone: it compares no addresses with a certificate (ssl_sock_verifyhost). */
function checkTls(spec: ClusterSpec, { caPresent }: NodeFacts): string {
  const name = serverNameOf(spec);
  const sni = name === undefined ? '' : ` check-sni ${name}`;
  if (!caPresent) return `check-ssl verify none${sni}`;
  return `check-ssl verify required ca-file ${spec.apiServer.caFile}${name === undefined ? '' : `${sni} verifyhost ${name}`}`;
}

/** Where health checks find their client certificate on a node; undefined where they are anonymous. */
export function healthCertOf({ apiServer }: ClusterSpec): string | undefined {
  return apiServer.healthAuth === 'certificate' ? (apiServer.healthCertFile ?? paths.healthCert) : undefined;
}

function checkLogin(spec: ClusterSpec, { healthCert }: NodeFacts): string {
  const file = healthCertOf(spec);
  return file === undefined || !healthCert ? '' : ` crt ${file}`;
}

/** HAProxy reads the CA when it reads its configuration: one that was rotated makes another configuration, and a reload. */
function caNote({ apiServer }: ClusterSpec, { caPresent, caDigest }: NodeFacts): string {
  return caPresent && caDigest !== undefined ? `# ${apiServer.caFile}: sha256 ${caDigest.slice(0, 16)}\n` : '';
}

/** As of the CA: one that was renewed makes another configuration. `import` reads it back (adopt/own.ts). */
function certNote(spec: ClusterSpec, { healthCert }: NodeFacts): string {
  const file = healthCertOf(spec);
  if (file === undefined) return '';
  const { healthCertFile, clientCaFile, clientCaKeyFile } = spec.apiServer;
  const signed = healthCertFile === undefined ? `, signed by ${clientCaFile} with ${clientCaKeyFile}` : '';
  const { fingerprint } = healthCert ?? {};
  const is = healthCert
    ? fingerprint === undefined
      ? ''
      : `: sha256 ${fingerprint.slice(0, 16)}`
    : ': not on the node, they are anonymous until then';
  return `# ${file}: client certificate of health checks${signed}${is}\n`;
}

function servers(spec: ClusterSpec): string {
  return spec.nodes
    .map(({ name, address }) => `    server ${name} ${hostPort(address, spec.apiServer.port)}`)
    .join('\n');
}

/** How an API server is asked whether it is ready, and how often. */
function readiness(spec: ClusterSpec, { check }: Timers, facts: NodeFacts, unready = ''): string {
  return `    option httpchk
    http-check send meth GET uri ${spec.apiServer.healthPath} ver HTTP/1.1 hdr Host ${serverNameOf(spec) ?? 'kubernetes'} hdr User-Agent k8s-ha hdr Connection close
    http-check expect status 200${unready}
    default-server check ${checkTls(spec, facts)}${checkLogin(spec, facts)} check-alpn http/1.1
    default-server inter ${durationText(check.interMs)} fastinter ${durationText(check.fastInterMs)} downinter ${durationText(check.downInterMs)} fall ${check.fall} rise ${check.rise}`;
}

const unreadyStay = ' error-status L7OKC    # answered but not ready: no new connections, live ones stay';

const balance = 'balance random(2)                   # the less loaded of two: no herd onto a fresh server';

/** Where a worker's own HAProxy sends its kubelet's connections: few, and nobody there tells slow from dead. */
export function workerApiServers(spec: ClusterSpec, timers: Timers, facts: NodeFacts): string {
  return `${caNote(spec, facts)}${certNote(spec, facts)}backend ${haproxyNames.ready}
    ${balance}
${readiness(spec, timers, facts, unreadyStay)}
    default-server observe layer4 error-limit 1 on-error fastinter    # a refused connection speeds up the next check
    default-server on-marked-down shutdown-sessions tcp-ut 10s slowstart 5s
${servers(spec)}`;
}

/**
 * Where connections go. One check decides what becomes of those that a server has: they stay while it is slow, and are closed when it
 * is dead (`servesRules`). A server that waits for a processor fails its health checks too; to close its connections would have all
 * of them made anew, on servers that wait themselves.
 */
export function apiServers(spec: ClusterSpec, { check }: Timers): string {
  return `backend ${haproxyNames.ready}
    ${balance}
    timeout connect ${durationText(elsewhereMs(check))}
    retries 12                          # short tries, and many: a lost node costs little, a lossy link no connection
    no option log-health-checks
    option httpchk
    http-check connect addr 127.0.0.1 port ${healthPort}
    http-check send meth GET uri-lf "/serves/%[srv_name]"
    http-check expect ! status 503                 # 503: dead, its connections are closed
    http-check expect status 200${unreadyStay}
    default-server check inter ${durationText(servesMs)} fastinter ${durationText(servesMs)} downinter ${durationText(servesMs)} fall 3 rise 1
    default-server on-marked-down shutdown-sessions tcp-ut 10s slowstart 5s
${servers(spec)}`;
}

/** Whether each API server is ready, asked of itself. */
export function checkedApiServers(spec: ClusterSpec, timers: Timers, facts: NodeFacts): string {
  return `${caNote(spec, facts)}${certNote(spec, facts)}backend ${haproxyNames.checked}
${readiness(spec, timers, facts)}
${servers(spec)}`;
}

/** Whether each API server takes TLS at all. It has so long for it that one which waits for a processor does. */
export function livingApiServers(spec: ClusterSpec, { check }: Timers, facts: NodeFacts): string {
  const hung = durationText(hungMs);
  return `backend ${haproxyNames.alive}
    timeout connect ${hung}
    default-server check ${checkTls(spec, facts)}
    default-server inter ${hung} fastinter ${durationText(check.fastInterMs)} downinter ${durationText(check.downInterMs)} fall 2 rise 1
${servers(spec)}`;
}

export function anyApiServer(spec: ClusterSpec, { check }: Timers, facts: NodeFacts): string {
  return `# Used only while no API server is ready: any that speaks TLS. With none, connections are closed at once.
backend ${haproxyNames.any}
    balance roundrobin
    default-server check ${checkTls(spec, facts)}
    default-server inter 2s fastinter ${durationText(check.fastInterMs)} downinter ${durationText(check.downInterMs)} fall ${check.fall} rise 1 on-marked-down shutdown-sessions tcp-ut 10s
${servers(spec)}`;
}

/**
 * What becomes of connections to an API server, by what its checks and its node's found: closed where neither it nor its node
 * answers, or where it takes no TLS for seconds; no new ones where it is not ready, or slow.
 */
export function servesRules(spec: ClusterSpec, node: NodeSpec): string {
  const { checked, alive, members } = haproxyNames;
  const fenced = peersNeeded(spec) > 0;
  const found = spec.nodes.flatMap(({ name }) => {
    const late = `if { path /serves/${name} } !{ srv_is_up(${checked}/${name}) }`;
    return [
      `set-var(txn.serves) str(late) ${late}`,
      ...(fenced && name !== node.name
        ? [`set-var(txn.serves) str(gone) ${late} !{ srv_is_up(${members}/${name}) }`]
        : []),
      `set-var(txn.serves) str(hung) if { path /serves/${name} } !{ srv_is_up(${alive}/${name}) }`,
    ];
  });
  const rules = [
    ...found,
    `track-sc0 path table ${haproxyNames.dead} if dead`,
    'sc-inc-gpc0(0) if dead',
    'return status 503 content-type text/plain lf-string %[var(txn.serves)] if dead { sc_get_gpc0(0) gt 1 }',
    'return status 404 content-type text/plain lf-string %[var(txn.serves)] if { var(txn.serves) -m found }',
    'return status 200 content-type text/plain string ok if { path_beg /serves/ }',
  ];
  return `    acl dead var(txn.serves) -m str gone hung
${rules.map((rule) => `    http-request ${rule}\n`).join('')}`;
}

/** Remembers who was dead the last time: what is being connected when a server goes down would be closed with it. */
export const deadTable = `# API servers that are dead: first they get no new connections, then they lose those that they have.
backend ${haproxyNames.dead}
    stick-table type string len 80 size 1k expire ${4 * servesMs}ms store gpc0`;
