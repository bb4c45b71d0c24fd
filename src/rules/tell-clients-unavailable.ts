import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const tellClientsUnavailable = rule({
  id: 'tell-clients-unavailable',
  severity: 'error',
  title: 'Clients cannot be told of a takeover in this set-up',
  why: 'The nodes tell each other over port 7445 which connections they have, in clear and without a password: the guard lets only the nodes do so. The programs of a container do not see the script yet.',
  bad: example({ more: 'failover:\n  tellClients: true\nguard: off' }),
  good: example({ more: 'failover:\n  tellClients: true' }),
  check: ({ failover, guard, runtime }) => {
    const why = guard === 'off' ? 'guard: off' : runtime === 'podman' ? 'runtime: podman' : undefined;
    return failover.tellClients && why !== undefined
      ? [
          {
            message: `tellClients does not go with ${why}`,
            reason:
              guard === 'off'
                ? 'Anybody in the network could say which clients are told.'
                : 'Containers of podman do not run the script yet.',
            suggestion:
              guard === 'off'
                ? 'Remove `guard: off`, or `failover.tellClients`.'
                : 'Remove `failover.tellClients`, or use `runtime: systemd`.',
            path: ['failover', 'tellClients'],
          },
        ]
      : [];
  },
});
