import { checkOf } from '../haproxy/check.ts';
import { isLoopback, type ApiPath } from '../haproxy/read.ts';
import { setting } from '../haproxy/sections.ts';
import { placeOf } from '../word.ts';
import { headOf, perPath } from './balancing.ts';
import type { Defect } from './defect.ts';

/** How a proxy works; HAProxy's default is TCP. */
function modeOf({ frontend }: ApiPath): string {
  return setting(frontend, 'mode')?.[1]?.text ?? 'tcp';
}

/** Whether clients, and their certificates, get through to the API servers. */
export const passingDefects: readonly Defect[] = [
  {
    id: 'import-check-plain-http',
    severity: 'error',
    title: 'The health check speaks plain HTTP to a TLS port',
    why: 'The API server answers TLS only: every check fails, HAProxy marks all servers down, and clients are refused.',
    check: (setup) =>
      perPath(setup, ({ backend, servers }) => {
        const [server] = servers;
        const health = server && checkOf(backend, server);
        if (!server || health?.kind !== 'http' || health.tls) return [];
        const { parameters } = server;
        // A port of its own may be another program's: nothing is claimed about it.
        const port = parameters.get('port')?.text;
        if (parameters.has('addr') || (port !== undefined && Number(port) !== server.port)) return [];
        return [
          {
            message:
              'the checks ask for HTTP without TLS: every API server fails them, all are DOWN, and clients are refused',
            reason:
              'The API server answers a plain request with 400 ("client sent an HTTP request to an HTTPS server").',
            suggestion: 'Add `check-ssl verify …` to the servers; k8s-ha does.',
            position: placeOf(health.at ?? server.name),
          },
        ];
      }),
  },
  {
    id: 'import-check-of-another-program',
    severity: 'error',
    title: 'The health check speaks the protocol of another program',
    why: 'No API server answers it: every check fails, and HAProxy marks all servers down.',
    check: (setup) =>
      perPath(setup, ({ backend, servers }) => {
        const [server] = servers;
        const health = server && checkOf(backend, server);
        return health?.kind === 'foreign' && health.at
          ? [
              {
                message: `option ${health.name} checks for another program: no API server passes it, all are DOWN`,
                reason: 'The last check option of a backend is the one that counts.',
                suggestion: 'Use option httpchk with check-ssl; k8s-ha does.',
                position: placeOf(health.at),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-check-overridden',
    severity: 'error',
    title: 'option httpchk is switched off by another check option',
    why: 'A backend has one kind of check: the last option counts. What httpchk would have seen is not seen.',
    check: (setup) =>
      perPath(setup, ({ backend, servers }) => {
        const [server] = servers;
        const health = server && checkOf(backend, server);
        return health?.overridden && health.kind !== 'none'
          ? [
              {
                message: `option ${health.name} follows option httpchk and replaces it: readiness is never asked for`,
                reason: 'HAProxy keeps the last of them, without a word.',
                suggestion: `Remove option ${health.name}; k8s-ha has httpchk alone.`,
                position: placeOf(health.at ?? health.overridden),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-tls-through-http',
    severity: 'error',
    title: 'TLS through a proxy in HTTP mode',
    why: 'In HTTP mode HAProxy reads requests. A TLS handshake is none: it answers 400, and no client gets through.',
    check: (setup) =>
      perPath(setup, (path) => {
        const mode = setting(path.frontend, 'mode');
        if (modeOf(path) !== 'http' || path.binds.some(({ line }) => line.some(({ text }) => text === 'ssl')))
          return [];
        return [
          {
            message: `${path.frontend.name?.text ?? 'the frontend'} is in mode http, and the API's clients speak TLS: HAProxy answers 400 Bad Request`,
            reason: 'There is no `ssl` on its bind, so HAProxy takes the handshake for a request.',
            suggestion: 'Use `mode tcp`; k8s-ha does.',
            position: mode?.[0] ? placeOf(mode[0], mode.at(-1)) : placeOf(headOf(path)),
          },
        ];
      }),
  },
  {
    id: 'import-tls-terminated',
    severity: 'error',
    title: 'HAProxy ends the TLS of clients',
    why: "Client certificates do not get through a proxy that ends TLS: kubelets and administrators' kubeconfigs are anonymous at the API server.",
    check: (setup) =>
      perPath(setup, ({ binds }) =>
        binds
          .filter(({ line }) => line.some(({ text }) => text === 'ssl'))
          .slice(0, 1)
          .map(({ at }) => ({
            message: 'HAProxy ends the TLS of clients: their certificates never reach the API server',
            reason: 'The API server sees the certificate of HAProxy, or none.',
            suggestion: 'Pass TLS through (`mode tcp`, no `ssl` on the bind); k8s-ha does.',
            position: placeOf(at),
          })),
      ),
  },
  {
    id: 'import-bind-loopback',
    severity: 'error',
    title: 'HAProxy listens on loopback only',
    why: 'A client that comes through the VIP reaches nothing on 127.0.0.1.',
    check: (setup) =>
      perPath(setup, ({ binds }) => {
        const [bind] = binds;
        return bind && binds.every(({ address }) => isLoopback(address))
          ? [
              {
                message: `HAProxy listens on ${bind.address}:${bind.port} only: nobody reaches it through the VIP`,
                reason: 'Only programs on the node itself connect to it.',
                suggestion: 'Bind the wildcard (`bind :PORT`); k8s-ha does.',
                position: placeOf(bind.at),
              },
            ]
          : [];
      }),
  },
];
