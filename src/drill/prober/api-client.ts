import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { monotonicMs, type ProbeConfig } from '../measure/probe.ts';
import { outcomeOfError, outcomeOfStatus } from './outcome.ts';
import type { ProbeAnswer } from './pace.ts';

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: string;
}

export interface ApiAnswer extends ProbeAnswer {
  readonly body: string;
}

export interface ApiClient {
  /** Never throws; what went wrong is the answer's outcome. */
  call(call: ApiCall): Promise<ApiAnswer>;
  /** Gives the response's stream as soon as its head has arrived. Rejects when there is none. */
  stream(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}

/**
 * A client with kept connections, as programs that talk to Kubernetes are. A request that meets a reset on a *kept*
 * connection is sent again on a new one, as Go's net/http does (RFC 9112 §9.3.1): the server had closed it before.
 * @param options `resend`: false where a request must not happen twice
 */
export function apiClient(config: ProbeConfig, { resend = true }: { readonly resend?: boolean } = {}): ApiClient {
  const servername = config.servername ?? (isIP(config.host) === 0 ? config.host : undefined);
  const { clientCertPem, clientKeyPem, token } = config.credentials ?? {};
  const tls = {
    ca: config.caPem,
    ...(clientCertPem === undefined ? {} : { cert: clientCertPem }),
    ...(clientKeyPem === undefined ? {} : { key: clientKeyPem }),
    ...(servername === undefined ? {} : { servername }),
    ALPNProtocols: ['http/1.1'],
  };
  const agent = new Agent({ keepAlive: true, ...tls });
  const options = ({ method, path, body }: ApiCall) => ({
    agent,
    host: config.host,
    port: config.port,
    method,
    path,
    headers: {
      host: servername ?? config.host,
      'user-agent': 'k8s-ha-prober',
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
  });

  const once = (call: ApiCall, deadlineMs: number): Promise<{ answer: ApiAnswer; again: boolean }> =>
    new Promise((resolve) => {
      const sentMs = monotonicMs();
      let done = false;
      const settle = (answer: Omit<ApiAnswer, 'sentMs' | 'doneMs'>, again = false): void => {
        if (done) return;
        done = true;
        clearTimeout(timer);
        resolve({ answer: { sentMs, doneMs: monotonicMs(), ...answer }, again });
      };
      const sent = request(options(call));
      const timer = setTimeout(
        () => {
          settle({ outcome: 'timeout', body: '' });
          sent.destroy();
        },
        Math.max(1, deadlineMs - sentMs),
      );
      sent.on('error', (error) => settle({ outcome: outcomeOfError(error), body: '' }, sent.reusedSocket));
      sent.on('response', (response) => {
        const status = response.statusCode ?? 0;
        const servedBy = response.headers['x-served-by'];
        const more = { status, ...(typeof servedBy === 'string' ? { node: servedBy } : {}) };
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => settle({ outcome: outcomeOfStatus(status), ...more, body }));
        response.on('error', (error) => settle({ outcome: outcomeOfError(error), ...more, body: '' }));
      });
      sent.end(call.body);
    });

  return {
    call: async (call) => {
      const began = monotonicMs();
      const deadlineMs = began + config.timeoutMs;
      for (;;) {
        const { answer, again } = await once(call, deadlineMs);
        // Every kept connection may be stale: each is tried once, then a new one is made, and that one's answer counts.
        if (!resend || !again || monotonicMs() >= deadlineMs) return { ...answer, sentMs: began };
      }
    },
    stream: (path, signal) =>
      new Promise((resolve, reject) => {
        const sent = request({ ...options({ method: 'GET', path }), ...tls, agent: false, signal });
        // A watch has nothing to send: without keepalive it would never notice that its server is gone.
        sent.on('socket', (socket) => socket.setKeepAlive(true, 1000));
        sent.on('response', resolve);
        sent.on('error', reject);
        sent.end();
      }),
    close: () => agent.destroy(),
  };
}
