import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { monotonicMs, type ProbeConfig, type ProbeSample, type ReadAnswer } from '../measure/probe.ts';
import { outcomeOfError, outcomeOfStatus, saysEtcd } from './outcome.ts';
import type { ProbeAnswer } from './pace.ts';

/** As much of an answer as says why it is not 200. */
const longestReason = 4096;

/**
 * Makes the function that probes once: a new TCP connection, a full TLS handshake with the certificate checked, one HTTP/1.1
 * GET, with `read` a second one on the same connection, and the connection closed. It never throws; what went wrong is the
 * answer's outcome.
 * @param read path of a read that needs etcd's majority: it alone shows what a client can use
 */
export function tlsProbe(config: ProbeConfig, read?: string): () => Promise<ProbeAnswer> {
  const { clientCertPem, clientKeyPem, token } = config.credentials ?? {};
  // Made once: to read the CA again for each connection would cost more than the handshake.
  const secureContext = createSecureContext({
    ca: config.caPem,
    ...(clientCertPem === undefined || clientKeyPem === undefined ? {} : { cert: clientCertPem, key: clientKeyPem }),
  });
  const servername = config.servername ?? (isIP(config.host) === 0 ? config.host : undefined);
  const target = {
    host: config.host,
    port: config.port,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    ...(servername === undefined ? {} : { servername }),
  };
  const headers = {
    host: servername ?? config.host,
    'user-agent': 'k8s-ha-prober',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return () =>
    new Promise((resolve) => {
      const sentMs = monotonicMs();
      // One of its own, whose one connection the second request takes over from the first.
      const agent = new Agent({ ...target, keepAlive: read !== undefined, maxSockets: 1 });
      let seen: Pick<ProbeSample, 'tcpMs' | 'tlsMs'> = {};
      let first: Omit<ProbeAnswer, 'read'> | undefined;
      let settled = false;

      const settle = (end: Omit<ReadAnswer, 'doneMs'>, answered: Pick<ProbeSample, 'status' | 'node'> = {}): void => {
        if (settled) return;
        const doneMs = monotonicMs();
        if (!first) {
          first = { sentMs, ...seen, doneMs, outcome: end.outcome, ...answered };
          // Without a good first answer there is no second question: the read has ended as the connection has.
          if (read !== undefined && end.outcome === 'ok') return ask(read, readAnswered);
        }
        settled = true;
        clearTimeout(timer);
        agent.destroy();
        resolve(read === undefined ? first : { ...first, read: { doneMs, ...end } });
      };
      const ask = (path: string, answered: (response: IncomingMessage) => void): void => {
        const sent = request({ ...target, method: 'GET', path, headers, agent });
        sent.on('socket', (socket) => {
          socket.once('connect', () => (seen = { ...seen, tcpMs: monotonicMs() }));
          socket.once('secureConnect', () => (seen = { ...seen, tlsMs: monotonicMs() }));
        });
        sent.on('error', (error) => settle({ outcome: outcomeOfError(error) }));
        sent.on('response', (response) => {
          response.on('error', (error) => settle({ outcome: outcomeOfError(error) }));
          answered(response);
        });
        sent.end();
      };
      const connected = (response: IncomingMessage): void => {
        const status = response.statusCode ?? 0;
        const servedBy = response.headers['x-served-by'];
        const more = { status, ...(typeof servedBy === 'string' ? { node: servedBy } : {}) };
        response.on('end', () => settle({ outcome: outcomeOfStatus(status) }, more)).resume();
      };
      const readAnswered = (response: IncomingMessage): void => {
        const status = response.statusCode ?? 0;
        let reason = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          if (reason.length < longestReason) reason += chunk;
        });
        response.on('end', () => {
          const outcome = status === 200 ? 'ok' : status < 400 ? 'protocol' : outcomeOfStatus(status);
          settle({ outcome, ...(outcome === 'http-5xx' && saysEtcd(reason) ? { etcd: true } : {}) });
        });
      };

      const timer = setTimeout(() => settle({ outcome: 'timeout' }), config.timeoutMs);
      ask(config.path, connected);
    });
}
