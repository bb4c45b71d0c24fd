import { formatMs } from '../../core/duration.ts';
import { retriesOf } from '../cost.ts';
import { checkOf, sees, serverDownBound, type HealthCheck, type ServerFault } from '../haproxy/check.ts';
import type { ApiPath, HaproxyConfig } from '../haproxy/read.ts';
import { setting, timeoutOf } from '../haproxy/sections.ts';
import { countOf, type ServerConfig } from '../haproxy/server.ts';
import { integerOf } from '../time.ts';
import type { Bound } from '../../predict/terms.ts';
import type { Setup } from '../setup.ts';
import { placeOf, type Word, type Words } from '../word.ts';
import type { Defect, Said } from './defect.ts';

export function perPath({ nodes }: Setup, say: (path: ApiPath, config: HaproxyConfig) => readonly Said[]): Said[] {
  return nodes.flatMap(({ haproxy }) => (haproxy?.api ? say(haproxy.api, haproxy) : []));
}

export function headOf({ backend }: ApiPath): Word {
  return backend.name ?? backend.header[0] ?? unnamed(backend.lines);
}

/** How long a server that has a fault stays in, where its check sees the fault. */
function boundOf(
  { backend }: ApiPath,
  { global }: HaproxyConfig,
  server: ServerConfig,
  health: HealthCheck,
  fault: ServerFault,
): Bound {
  if (!sees(health, fault)) throw new Error(`a check of kind ${health.kind} does not see ${fault}`);
  const spread = integerOf((global && setting(global, 'spread-checks')?.[1]?.text) ?? '0') ?? 0;
  return serverDownBound(backend, server, health, fault, spread);
}

function unnamed(lines: readonly Words[]): Word {
  const word = lines[0]?.[0];
  if (!word) throw new Error('a section with neither header nor lines');
  return word;
}

/** What HAProxy does with API servers and with the connections to them. */
export const balancingDefects: readonly Defect[] = [
  {
    id: 'import-tcp-check',
    severity: 'error',
    title: 'The health check is a bare TCP connection',
    why: 'The kernel accepts connections for an API server that hangs, and for one that is not ready. HAProxy sends clients there.',
    check: (setup, ours) =>
      perPath(setup, (path, config) => {
        const [server] = path.servers;
        const health = server && checkOf(path.backend, server);
        if (!server || !health || (health.kind !== 'connect' && health.kind !== 'none')) return [];
        const at = health.at ? setting(path.backend, 'option', health.name) : undefined;
        const bound = health.kind === 'connect' ? boundOf(path, config, server, health, 'dead') : undefined;
        return [
          {
            message: bound
              ? `an API server that hangs or is not ready stays in for ever, and one whose machine is dead for up to ${formatMs(bound.upperMs)}; with k8s-ha ${formatMs(ours.apiServerHungMs)}`
              : `nothing checks the API servers: one that hangs, is not ready or is dead stays in for ever; with k8s-ha ${formatMs(ours.apiServerHungMs)}`,
            reason: bound
              ? `The check only opens a connection. ${bound.formula}.`
              : 'There is no `check` on the server lines.',
            suggestion: 'Ask for /readyz over TLS (option httpchk, check-ssl); k8s-ha does.',
            position: at?.[0] ? placeOf(at[0], at.at(-1)) : placeOf(server.name),
          },
        ];
      }),
  },
  {
    id: 'import-check-handshake',
    severity: 'error',
    title: 'The health check is a TLS handshake',
    why: 'An API server that is not ready, or that answers nothing, still shakes hands: HAProxy sends clients there.',
    check: (setup, ours) =>
      perPath(setup, (path, config) => {
        const [server] = path.servers;
        const health = server && checkOf(path.backend, server);
        if (!server || health?.kind !== 'handshake') return [];
        const hung = boundOf(path, config, server, health, 'hung');
        return [
          {
            message: `an API server that is not ready stays in for ever; one whose process hangs for up to ${formatMs(hung.upperMs)}; with k8s-ha ${formatMs(ours.apiServerHungMs)}`,
            reason: `The check ends with the TLS handshake. ${hung.formula}.`,
            suggestion: 'Ask for /readyz over TLS (option httpchk, check-ssl); k8s-ha does.',
            position: placeOf(health.at ?? server.parameters.get('check-ssl') ?? server.name),
          },
        ];
      }),
  },
  {
    id: 'import-api-check-slow',
    severity: 'warning',
    title: 'API servers are checked seldom',
    why: 'Until the checks have failed often enough, a share of the new connections goes to a server that does not answer.',
    check: (setup, ours) =>
      perPath(setup, (path, config) => {
        const [server] = path.servers;
        const health = server && checkOf(path.backend, server);
        if (!server || health?.kind !== 'http' || !health.tls) return [];
        const bounds = (['dead', 'hung', 'stuck'] as const).map((fault) =>
          boundOf(path, config, server, health, fault),
        );
        const worst = bounds.toSorted((a, b) => b.upperMs - a.upperMs)[0];
        if (!worst || worst.upperMs <= 2 * ours.apiServerHungMs) return [];
        return [
          {
            message: `an API server that hangs stays in for up to ${formatMs(worst.upperMs)}; with k8s-ha ${formatMs(ours.apiServerHungMs)}`,
            reason: `${worst.formula}.`,
            suggestion: 'Check more often, with a short connect timeout and fastinter; k8s-ha does.',
            position: placeOf(server.parameters.get('inter') ?? server.name),
          },
        ];
      }),
  },
  {
    id: 'import-check-unverified',
    severity: 'info',
    title: 'The check trusts any certificate',
    why: 'Whatever answers on the port counts as the API server, a leftover of another cluster included.',
    check: (setup) =>
      perPath(setup, ({ servers }) =>
        servers.slice(0, 1).flatMap(({ parameters }) => {
          const at = parameters.get('verify');
          return at?.text === 'none'
            ? [
                {
                  message: 'the health check accepts any certificate',
                  reason: 'With `verify none` another program on the port passes.',
                  suggestion: "Verify with the cluster's CA (ca-file, verifyhost kubernetes); k8s-ha does.",
                  position: placeOf(at),
                },
              ]
            : [];
        }),
      ),
  },
  {
    id: 'import-no-redispatch',
    severity: 'warning',
    title: 'Every retry goes to the same server',
    why: 'A new connection to a dead machine waits for each connect timeout in turn and then fails, while another server would have answered.',
    check: (setup) =>
      perPath(setup, (path) => {
        const { count, redispatch, connectMs } = retriesOf(path);
        if (redispatch) return [];
        const at = timeoutOf(path.backend, 'connect')?.at ?? headOf(path);
        return [
          {
            message:
              connectMs === 0
                ? "a new connection to a dead machine waits for the kernel's own limit, two minutes each try"
                : `a new connection to a dead machine waits up to ${formatMs((count + 1) * connectMs)}, then fails`,
            reason:
              connectMs === 0
                ? 'There is neither a timeout connect nor an option redispatch.'
                : `${count + 1} tries of ${formatMs(connectMs)}, all on the same server: there is no option redispatch.`,
            suggestion: 'Set `option redispatch 1` and a short connect timeout; k8s-ha does.',
            position: placeOf(at),
          },
        ];
      }),
  },
  {
    id: 'import-idle-cut',
    severity: 'warning',
    title: 'Idle connections are cut',
    why: 'Watches, `kubectl logs -f`, `exec` and `port-forward` are quiet for minutes. Without a tunnel timeout, the client and server timeouts end them.',
    check: (setup) =>
      perPath(setup, ({ frontend, backend }) => {
        if (timeoutOf(backend, 'tunnel')) return [];
        const cuts = [timeoutOf(frontend, 'client'), timeoutOf(backend, 'server')].flatMap((said) => said ?? []);
        const first = cuts.toSorted((a, b) => a.value - b.value)[0];
        return !first || first.value >= 1_800_000
          ? []
          : [
              {
                message: `watches, logs and exec are cut after ${formatMs(first.value)} without traffic`,
                reason: 'There is no timeout tunnel, so the client and server timeouts count for them.',
                suggestion: 'Set `timeout tunnel 24h`, and find dead peers by TCP keepalives; k8s-ha does.',
                position: placeOf(first.at),
              },
            ];
      }),
  },
  {
    id: 'import-few-connections',
    severity: 'warning',
    title: 'The number of clients is limited',
    why: 'Every kubelet, controller and watch keeps a connection. Beyond the limit they queue, and after a failover they all come back at once, into the slow start.',
    check: (setup) =>
      perPath(setup, ({ servers }) => {
        const [server] = servers;
        const limit = server && countOf(server, 'maxconn');
        const at = server?.parameters.get('maxconn');
        if (!server || limit === undefined || !at || limit >= 2000) return [];
        const slow = server.parameters.get('slowstart');
        return [
          {
            message: `at most ${limit * servers.length} clients: ${limit} for each of ${servers.length} API servers`,
            reason: slow
              ? `Beyond it they queue; after each return of a server it counts only a part of it for ${slow.text} (slowstart).`
              : 'Beyond it they queue.',
            suggestion:
              'Leave maxconn out of the server lines and bound it in `global` by the open files; k8s-ha does.',
            position: placeOf(at),
          },
        ];
      }),
  },
  {
    id: 'import-sessions-stay',
    severity: 'warning',
    title: 'Connections to a dead server stay open',
    why: 'A server that is marked down keeps its sessions: kubelets wait on them for up to 15 minutes instead of reconnecting.',
    check: (setup) =>
      perPath(setup, ({ servers }) => {
        const [server] = servers;
        return !server || server.parameters.get('on-marked-down')?.text === 'shutdown-sessions'
          ? []
          : [
              {
                message: 'sessions on a server that is marked down are not closed',
                reason: 'Clients learn of its death only by their own timeouts.',
                suggestion: 'Set `on-marked-down shutdown-sessions`; k8s-ha does.',
                position: placeOf(server.name),
              },
            ];
      }),
  },
  {
    id: 'import-no-stats',
    severity: 'info',
    title: 'Nobody can ask HAProxy how it is',
    why: 'Without a stats socket or a metrics page, which servers are up is known only to HAProxy.',
    check: (setup) =>
      perPath(setup, (path, { global, tree }) => {
        const asked =
          (global && setting(global, 'stats', 'socket')) ??
          tree.sections.find(({ lines }) => lines.some(([word]) => word?.text === 'stats'));
        const head = global?.header[0] ?? headOf(path);
        return asked
          ? []
          : [
              {
                message: 'HAProxy has neither a stats socket nor metrics',
                reason: 'Its view of the API servers cannot be seen, and nothing can warn.',
                suggestion: 'Add a stats socket and the prometheus exporter; k8s-ha has both.',
                position: placeOf(head),
              },
            ];
      }),
  },
];
