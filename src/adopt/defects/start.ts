import { addressOf } from '../address.ts';
import { isLoopback } from '../haproxy/read.ts';
import { setting } from '../haproxy/sections.ts';
import { placeOf, type Word, type Words } from '../word.ts';
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
        return (haproxy?.tree.sections ?? []).flatMap(({ lines }) =>
          repeatedWords(lines.flatMap(([first, name]) => (first?.text === 'server' && name ? [name] : []))).map(
            (name) => ({
              message: `the server name ${name.text} is used twice: HAProxy does not start`,
              reason: 'Server names must be unique in a backend ("backend has another server with this name").',
              suggestion: 'Give every server the name of its node; k8s-ha does.',
              position: placeOf(name),
            }),
          ),
        );
      }),
  },
  {
    id: 'import-duplicate-section',
    severity: 'error',
    title: 'Two blocks have the same name',
    why: 'HAProxy refuses two frontends or two backends of one name, and does not start. keepalived skips the second vrrp_instance, vrrp_script or vrrp_sync_group of a name with a line in the log: what it says does not count.',
    check: ({ nodes }) =>
      nodes.flatMap(({ haproxy, keepalived }) => [
        ...(['frontend', 'backend'] as const).flatMap((kind) =>
          repeatedWords(
            (haproxy?.tree.sections ?? []).flatMap((section) =>
              (section.kind === kind || section.kind === 'listen') && section.name ? [section.name] : [],
            ),
          ).map((name) => ({
            message: `the ${kind} ${name.text} stands there twice: HAProxy does not start`,
            reason: 'Names of proxies must be unique ("proxy has the same name as another one").',
            suggestion: 'Rename or remove one of them; k8s-ha writes each once.',
            position: placeOf(name),
          })),
        ),
        ...(keepalived?.repeated ?? []).map((name) => ({
          message: `the name ${name.text} is given to a second block, which keepalived skips`,
          reason: 'What the second block says does not count ("already defined").',
          suggestion: 'Rename or remove one of them; k8s-ha writes each once.',
          position: placeOf(name),
        })),
      ]),
  },
  {
    id: 'import-block-open',
    severity: 'error',
    title: 'A block is not closed, or closed twice',
    why: 'keepalived takes what follows an open block for a part of it: instances and scripts that stand there do not exist.',
    check: ({ nodes }) =>
      nodes.flatMap(({ keepalived }) =>
        (keepalived?.stray ?? []).slice(0, 5).map((brace) => ({
          message:
            brace.text === '{'
              ? 'this block is never closed: keepalived takes what follows for a part of it'
              : 'this brace closes nothing',
          reason: 'The configuration means something else than its lines seem to say.',
          suggestion: 'Set the missing brace, or remove this one.',
          position: placeOf(brace),
        })),
      ),
  },
  {
    id: 'import-backend-undefined',
    severity: 'error',
    title: 'A frontend names a backend that does not exist',
    why: 'HAProxy does not start: "unable to find required default_backend".',
    check: ({ nodes }) =>
      nodes.flatMap(({ haproxy }) => {
        const sections = haproxy?.tree.sections ?? [];
        const names = new Set(
          sections.flatMap(({ kind, name }) => (kind === 'backend' || kind === 'listen' ? [name?.text] : [])),
        );
        return sections.flatMap(({ lines }) =>
          lines.flatMap(([first, name]) =>
            first &&
            name &&
            /^(default_backend|use_backend)$/.test(first.text) &&
            !/[%$]/.test(name.text) &&
            !names.has(name.text)
              ? [
                  {
                    message: `there is no backend ${name.text}: HAProxy does not start`,
                    reason: 'Every backend that a frontend names must be there.',
                    suggestion: 'Define it, or give import the file that does.',
                    position: placeOf(name),
                  },
                ]
              : [],
          ),
        );
      }),
  },
  {
    id: 'import-bind-nonlocal',
    severity: 'error',
    title: 'HAProxy binds an address that the node does not have',
    why: 'On a node without the VIP, `bind VIP:port` fails ("cannot bind socket"), and HAProxy does not start, unless net.ipv4.ip_nonlocal_bind is 1 or the bind is `transparent`.',
    check: ({ nodes, files }) => {
      if (files.some(({ text }) => /ip_nonlocal_bind/.test(text))) return [];
      const vips = new Set(
        nodes.flatMap(({ keepalived }) =>
          (keepalived?.instances ?? []).flatMap(({ vips: list }) =>
            list.flatMap(({ value }) => addressOf(value) ?? []),
          ),
        ),
      );
      return nodes.flatMap(({ haproxy }) =>
        (haproxy?.tree.sections ?? [])
          .flatMap(({ lines }) => lines.filter(([first]) => first?.text === 'bind'))
          .filter((words) => !words.some(({ text }) => text === 'transparent'))
          .flatMap(([, at]): { at: Word; vip: string }[] => {
            const address = at && addressOf(at.text.replace(/:\d+(,.*)?$/, '').replaceAll(/[[\]]/g, ''));
            return at && address !== undefined && !isLoopback(address) && vips.has(address)
              ? [{ at, vip: address }]
              : [];
          })
          .map(({ at, vip }) => ({
            message: `HAProxy binds the VIP ${vip}: on a node that does not hold it, HAProxy does not start unless net.ipv4.ip_nonlocal_bind is 1`,
            reason: 'No file that was given sets it, and a bind to an address that the node lacks is fatal.',
            suggestion: 'Bind the wildcard instead (`bind :PORT`); k8s-ha does.',
            position: placeOf(at),
          })),
      );
    },
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
        const frontends = new Set(sections.flatMap(({ kind, name }) => (kind === 'frontend' ? [name?.text] : [])));
        return sections.flatMap(({ kind, name }) =>
          kind === 'backend' && name && frontends.has(name.text)
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

/** Every word that was there before. */
function repeatedWords(words: Words): Word[] {
  const seen = new Set<string>();
  return words.filter(({ text }) => {
    if (seen.has(text)) return true;
    seen.add(text);
    return false;
  });
}
