import { z } from 'zod';
import { quote } from '../../core/command.ts';
import type { Sections } from '../../observe/sections.ts';
import { callOff, endLater, unitWord, type ForeignKind, type Former, type Program, type Runner } from './foreign.ts';

const engines = ['docker', 'podman'] as const;

/** What `docker inspect` and `podman inspect` print alike. */
const inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Path: z.string().default(''),
    Args: z.array(z.string()).default([]),
    State: z.object({ Running: z.boolean(), Pid: z.number().default(0) }),
    Config: z.object({ Image: z.string().default('') }),
    ImageName: z.string().default(''),
    HostConfig: z.object({
      NetworkMode: z.string().default(''),
      RestartPolicy: z.object({ Name: z.string().default('') }).default({ Name: '' }),
    }),
  }),
);

/** By its command, otherwise by its image: images start keepalived from scripts of their own. */
const programOf = (command: string, image: string): Program | undefined =>
  [command, image]
    .map((text): Program | undefined =>
      /keepalived/i.test(text) ? 'keepalived' : /haproxy/i.test(text) ? 'haproxy' : undefined,
    )
    .find((program) => program !== undefined);

/** Only a container in the host's network can hold the node's addresses or its ports. */
const containersOf = (engine: Runner, sections: Sections): Former[] => {
  const section = sections.get(`containers:${engine}`);
  const read = inspected.safeParse(jsonOr(section?.rc === 0 ? section.text : '[]'));
  if (!read.success) return [];
  return read.data.flatMap((container): Former[] => {
    const { Id, Name, Path, Args, Config, ImageName, State, HostConfig } = container;
    const program = programOf([Path, ...Args].join(' '), `${Config.Image} ${ImageName}`);
    if (!program || HostConfig.NetworkMode !== 'host') return [];
    const restart = HostConfig.RestartPolicy.Name === 'no' ? '' : HostConfig.RestartPolicy.Name;
    if (!State.Running && restart === '') return [];
    return [
      {
        runner: engine,
        programs: [program],
        id: Name.replace(/^\//, ''),
        active: State.Running,
        restart,
        handle: { cgroup: Id, pid: State.Pid },
      },
    ];
  });
};

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
};

const timer = ({ id }: Former): string => `k8s-ha-end-${unitWord(id)}`;

/** podman before 5.0 cannot change a policy; its containers come back only by podman-restart.service. */
const policy = ({ runner, id }: Former, value: string): string =>
  `${runner} update --restart=${quote(value)} ${quote(id)} >/dev/null 2>&1 || ${runner === 'podman' ? ':' : 'exit 1'}`;

/** Containers of docker or podman in the host's network. */
export const containers: ForeignKind = {
  runners: engines,
  look: `for engine in ${engines.join(' ')}; do
    command -v "$engine" >/dev/null || continue
    found=$(timeout 5 "$engine" ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}}' 2>/dev/null | grep -iE 'keepalived|haproxy' | cut -d' ' -f1)
    [ -z "$found" ] || emit "containers:$engine" timeout 10 "$engine" inspect $found
done`,
  find: (sections) => engines.flatMap((engine) => containersOf(engine, sections)),
  owns: ({ handle }, { cgroup, pid, parent }) =>
    handle !== undefined && (cgroup.includes(handle.cgroup) || (handle.pid > 0 && [pid, parent].includes(handle.pid))),
  forbid: (former) => (former.restart === '' ? [] : [policy(former, 'no')]),
  stop: ({ runner, id }) => [`${runner} stop ${quote(id)} >/dev/null`],
  quiet: (former) => [
    `${former.runner} kill --signal=USR1 ${quote(former.id)} >/dev/null`,
    endLater(timer(former), `${former.runner} stop ${quote(former.id)}`),
  ],
  start: (former) => [
    ...(former.active
      ? [
          // One that ends, but has not ended yet, is begun anew.
          `! systemctl is-active --quiet ${timer(former)}.timer || ${former.runner} stop ${quote(former.id)} >/dev/null 2>&1 || :`,
          `${former.runner} start ${quote(former.id)} >/dev/null`,
        ]
      : []),
    callOff(timer(former)),
    ...(former.restart === '' ? [] : [policy(former, former.restart)]),
  ],
  summary: ({ runner, id }) => `the ${runner} container ${id}`,
};
