import { placeOf } from '../word.ts';
import { setting } from '../haproxy/sections.ts';
import type { Defect } from './defect.ts';

/** What keeps a program from starting at all. */
export const startDefects: readonly Defect[] = [
  {
    id: 'import-duplicate-server',
    severity: 'error',
    title: 'Two servers of one backend have the same name',
    why: 'HAProxy refuses the whole configuration: it does not start, and the endpoint is served by nobody.',
    check: ({ nodes }) =>
      nodes.flatMap(({ haproxy }) => {
        const seen = new Set<string>();
        return (haproxy?.api?.servers ?? []).flatMap(({ name }) => {
          if (!seen.has(name.text)) {
            seen.add(name.text);
            return [];
          }
          return [
            {
              message: `the server name ${name.text} is used twice: HAProxy does not start`,
              reason: 'Server names must be unique in a backend ("backend has another server with this name").',
              suggestion: 'Give every server the name of its node; k8s-ha does.',
              position: placeOf(name),
            },
          ];
        });
      }),
  },
  {
    id: 'import-swallowed-command',
    severity: 'error',
    title: 'A command line begins with an option',
    why: 'After a line without a backslash the command is over. The next line then begins with an option that the shell takes for a command, and the container that follows is swallowed as its arguments.',
    check: ({ nodes }) =>
      nodes.flatMap(({ name, group, keepalived, haproxy }) =>
        (group?.broken ?? []).flatMap(([first]) =>
          first
            ? [
                {
                  message: `"${first.text}" is taken for a command: ${keepalived ? (haproxy ? 'a container' : 'HAProxy') : 'keepalived'} never starts on ${name}`,
                  reason:
                    'The line before has no backslash at its end, so this one is a command of its own, and the `docker run` in it is only an argument.',
                  suggestion:
                    'Put the line where it belongs, inside the command. k8s-ha writes units instead of command lines.',
                  position: placeOf(first),
                },
              ]
            : [],
        ),
      ),
  },
  {
    id: 'import-unset-variable',
    severity: 'warning',
    title: 'haproxy.cfg depends on an environment variable',
    why: 'Where the variable is not set, HAProxy reads an empty text: `bind *:""` is fatal. A unit, a container or a check by hand (`haproxy -c`) that does not set it has no endpoint.',
    check: ({ nodes }) =>
      nodes.flatMap(({ haproxy }) => [
        ...(haproxy?.tree.unset ?? []).map((word) => ({
          message: `the variable ${word.text} is not set: HAProxy does not start`,
          reason: 'An unset variable is an empty text, and an empty port is fatal.',
          suggestion: 'Write the value itself; k8s-ha renders it from the cluster file.',
          position: placeOf(word),
        })),
        ...(haproxy?.api?.binds ?? [])
          .filter(({ at }) => at.source.text.slice(at.start, at.end).includes('$'))
          .map(({ at, port }) => ({
            message: `port ${port} comes from an environment variable: where it is not set, HAProxy does not start`,
            reason: 'An unset variable is an empty text, and an empty port is fatal.',
            suggestion: 'Write the port itself; k8s-ha renders it from the cluster file.',
            position: placeOf(at),
          })),
      ]),
  },
  {
    id: 'import-shared-name',
    severity: 'warning',
    title: 'A frontend and a backend share a name',
    why: 'HAProxy 3.1 warns, HAProxy 3.3 refuses to start: an upgrade of the package takes the endpoint away.',
    check: ({ nodes }) =>
      nodes.flatMap(({ haproxy }) => {
        const sections = haproxy?.tree.sections ?? [];
        return sections.flatMap(({ kind, name }) =>
          kind === 'backend' &&
          name &&
          sections.some((other) => other.kind === 'frontend' && other.name?.text === name.text)
            ? [
                {
                  message: `the backend ${name.text} has the name of a frontend`,
                  reason: 'HAProxy 3.1 warns of it, 3.3 does not start.',
                  suggestion: 'Give them different names; k8s-ha does.',
                  position: placeOf(name),
                },
              ]
            : [],
        );
      }),
  },
  {
    id: 'import-condition-undecided',
    severity: 'info',
    title: 'A condition that depends on how HAProxy was built',
    why: 'Only the HAProxy on the node can decide it. The lines in it were read as if it held.',
    check: ({ nodes }) =>
      nodes.flatMap(({ haproxy }) =>
        (haproxy?.tree.undecided ?? []).flatMap(([first, ...rest]) =>
          first
            ? [
                {
                  message: `the condition "${rest.map(({ text }) => text).join(' ')}" cannot be decided here`,
                  suggestion: 'Look whether its lines count on your nodes (`haproxy -cc`).',
                  position: placeOf(first, rest.at(-1)),
                },
              ]
            : [],
        ),
      ),
  },
  {
    id: 'import-http-log-in-tcp',
    severity: 'info',
    title: 'HTTP logs for connections that are not HTTP',
    why: 'In TCP mode `option httplog` logs nothing of use: HAProxy falls back to another format and says so at each start.',
    check: ({ nodes }) =>
      nodes.flatMap(({ haproxy }) => {
        const { frontend } = haproxy?.api ?? {};
        const line = frontend?.defaults && setting(frontend.defaults, 'option', 'httplog');
        const word = line?.[0];
        if (!frontend || !word || setting(frontend, 'mode')?.[1]?.text !== 'tcp') return [];
        return [
          {
            message: 'option httplog is the default of a proxy in TCP mode',
            reason: 'The API is TLS that HAProxy only passes on: there is no HTTP to log.',
            suggestion: 'Use option tcplog; k8s-ha does.',
            position: placeOf(word, line?.at(-1)),
          },
        ];
      }),
  },
];
