import type { ProbeOutcome } from '../measure/probe.ts';

export function outcomeOfStatus(status: number): ProbeOutcome {
  if (status >= 500) return 'http-5xx';
  return status >= 400 ? 'http-4xx' : 'ok';
}

/** Names a connection's failure. Sources: Node.js error codes, OpenSSL verification codes (`X509_V_ERR_…` without prefix). */
export function outcomeOfError(error: Error): ProbeOutcome {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = outcomeOfCode.get(code);
  if (known) return known;
  if (/^(ERR_TLS|ERR_SSL|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|INVALID_CA|HOSTNAME_MISMATCH)/.test(code)) return 'tls';
  return code.startsWith('HPE_') ? 'protocol' : 'reset';
}

const outcomeOfCode: ReadonlyMap<string, ProbeOutcome> = new Map<string, ProbeOutcome>([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EPIPE', 'reset'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['ENOTFOUND', 'name'],
  ['EAI_AGAIN', 'name'],
  ['EPROTO', 'tls'],
  ['EMFILE', 'local'],
  ['ENFILE', 'local'],
  ['ENOMEM', 'local'],
  ['ENOBUFS', 'local'],
  ['EADDRNOTAVAIL', 'local'],
]);

/**
 * Whether an error's body has etcd's name: a failed check of `/readyz` (`[-]etcd failed`), or etcd's own words, which
 * kube-apiserver passes on (`etcdserver: leader changed`; etcd, server/etcdserver/errors).
 */
export function saysEtcd(body: string): boolean {
  return /^\[-\]etcd|\betcd(server)?: /m.test(body);
}
