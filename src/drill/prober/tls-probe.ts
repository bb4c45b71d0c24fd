import { request } from 'node:http';
import { isIP } from 'node:net';
import { connect, createSecureContext } from 'node:tls';
import { monotonicMs, type ProbeConfig, type ProbeOutcome } from '../measure/probe.ts';
import { outcomeOfError, outcomeOfStatus } from './outcome.ts';
import type { ProbeAnswer } from './pace.ts';

/**
 * Makes the function that probes once: a new TCP connection, a full TLS handshake with the certificate checked, one
 * HTTP/1.1 GET, and the connection closed. It never throws; what went wrong is the answer's outcome.
 */
export function tlsProbe(config: ProbeConfig): () => Promise<ProbeAnswer> {
  // Made once: to read the CA again for each connection would cost more than the handshake.
  const secureContext = createSecureContext({ ca: config.caPem });
  const servername = config.servername ?? (isIP(config.host) === 0 ? config.host : undefined);
  const target = {
    host: config.host,
    port: config.port,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    ...(servername === undefined ? {} : { servername }),
  };
  return () =>
    new Promise((resolve) => {
      const sentMs = monotonicMs();
      let tlsMs: number | undefined;
      let settled = false;
      const settle = (outcome: ProbeOutcome, more: Pick<ProbeAnswer, 'status' | 'node'> = {}): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        resolve({ sentMs, ...(tlsMs === undefined ? {} : { tlsMs }), doneMs: monotonicMs(), outcome, ...more });
      };
      const probe = request({
        method: 'GET',
        path: config.path,
        headers: { host: servername ?? config.host, 'user-agent': 'k8s-ha-prober', connection: 'close' },
        createConnection: () =>
          connect(target).once('secureConnect', () => {
            tlsMs = monotonicMs();
          }),
      });
      const timer = setTimeout(() => {
        settle('timeout');
        probe.destroy();
      }, config.timeoutMs);
      probe.on('error', (error) => settle(outcomeOfError(error)));
      probe.on('response', (response) => {
        const status = response.statusCode ?? 0;
        const servedBy = response.headers['x-served-by'];
        const more = { status, ...(typeof servedBy === 'string' ? { node: servedBy } : {}) };
        response.on('end', () => settle(outcomeOfStatus(status), more));
        response.on('error', (error) => settle(outcomeOfError(error), more));
        response.resume();
      });
      probe.end();
    });
}
