import * as z from 'zod';
import { quote } from '../../core/command.ts';
import type { Sections } from '../../observe/once/sections.ts';
import { units } from '../../node/paths.ts';
import { callOff, endLater, unitWord, type ForeignKind, type Former, type Program, type Runner } from './foreign.ts';
import { bootAgain, bootNoMore, leftAlone, leftAloneFile } from './podman-restart.ts';
import { stopGently } from './podman-stop.ts';

const engines = ['docker', 'podman'] as const;

/** What `docker inspect` and `podman inspect` print alike. */
const inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Path: z.string().default(''),
    Args: z.array(z.string()).default([]),
    State: z.object({ Running: z.boolean(), Status: z.string().default(''), Pid: z.number().default(0) }),
    Config: z.object({
      Image: z.string().default(''),
      Labels: z.record(z.string(), z.string()).nullish(),
    }),
    ImageName: z.string().default(''),
    HostConfig: z.object({
      NetworkMode: z.string().default(''),
      RestartPolicy: z.object({ Name: z.string().default('') }).default({ Name: '' }),
    }),
  }),
);

/** By its command, otherwise by its image: images start keepalived from scripts of their own. */
function programOf(command: string, image: string): Program | undefined {
  return [command, image]
    .map((text): Program | undefined =>
      /keepalived/i.test(text) ? 'keepalived' : /haproxy/i.test(text) ? 'haproxy' : undefined,
    )
    .find((program) => program !== undefined);
}

/**
 * Units whose main process runs a container, or is its monitor: `unit PID-of-its-main-process PID command line…`. The one that
 * ends a container for us does not run it, nor does one that only asks for it.
 */
function unitsOf(sections: Sections): readonly { readonly unit: string; readonly words: readonly string[] }[] {
  return (sections.get('container-units')?.text ?? '').split('\n').flatMap((line) => {
    const [unit = '', main, pid, ...words] = line.split(' ');
    const runs = words[0]?.endsWith('conmon') === true || words.includes('run') || words.includes('start');
    return main === pid && runs && !unit.startsWith('k8s-ha-') ? [{ unit, words }] : [];
  });
}

/** Only a container in the host's network can hold the node's addresses or its ports. Our own are no former ones. */
function containersOf(engine: Runner, sections: Sections): Former[] {
  const section = sections.get(`containers:${engine}`);
  const read = inspected.safeParse(jsonOr(section?.rc === 0 ? section.text : '[]'));
  if (!read.success) return [];
  const runners = unitsOf(sections);
  const left = leftAlone(sections.get('podman-restart')?.text ?? '');
  return read.data.flatMap((container): Former[] => {
    const { Id, Name, Path, Args, Config, ImageName, State, HostConfig } = container;
    const program = programOf([Path, ...Args].join(' '), `${Config.Image} ${ImageName}`);
    const id = Name.replace(/^\//, '');
    if (!program || HostConfig.NetworkMode !== 'host' || ours.includes(id)) return [];
    const policy = HostConfig.RestartPolicy.Name;
    const restart = policy === 'no' || (engine === 'podman' && left.includes(id)) ? '' : policy;
    // podman says of one that ends, when its connections have, that it does not run.
    const active = State.Running || State.Status === 'stopping';
    if (!active && restart === '') return [];
    const unit =
      Config.Labels?.['PODMAN_SYSTEMD_UNIT'] ??
      runners.find(({ words }) => words.includes(id) || words.includes(Id) || words.includes(`--name=${id}`))?.unit;
    return [
      {
        runner: engine,
        programs: [program],
        id,
        active,
        restart,
        handle: { cgroup: Id, pid: State.Pid },
        ...(unit !== undefined && { unit }),
      },
    ];
  });
}

const ours: readonly string[] = [units.haproxy, units.keepalived].map((unit) => unit.replace('.service', ''));

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}

function timer({ id }: Former): string {
  return `k8s-ha-end-${unitWord(id)}`;
}

function update({ runner, id }: Former, policy: string): string {
  return `${runner} update --restart=${quote(policy)} ${quote(id)} >/dev/null 2>&1`;
}

/** podman before 5.1 cannot change a policy: what acts on it is kept from it instead. */
function forbid(former: Former): string {
  return former.runner === 'podman'
    ? `${update(former, 'no')} || {\n${bootNoMore(former.id)}\n}`
    : update(former, 'no');
}

function allow(former: Former): string {
  return former.runner === 'podman'
    ? `${update(former, former.restart)} || :\n${bootAgain(former.id)}`
    : update(former, former.restart);
}

/** Containers of docker or podman in the host's network. */
export const containers: ForeignKind = {
  runners: engines,
  look: `for engine in ${engines.join(' ')}; do
    command -v "$engine" >/dev/null || continue
    # podman may be there under docker's name as well.
    case $engine$("$engine" --version 2>/dev/null) in dockerpodman*) continue ;; esac
    found=$(timeout 10 "$engine" ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}}' 2>/dev/null)
    [ $? -ne 124 ] || emit "silent:$engine" echo "$engine does not answer"
    found=$(printf '%s\\n' "$found" | grep -iE 'keepalived|haproxy' | cut -d' ' -f1)
    # shellcheck disable=SC2086 # a word for each container
    [ -z "$found" ] || emit "containers:$engine" quietly timeout 10 "$engine" inspect $found
done
container_units() {
    for comm in /proc/[0-9]*/comm; do
        read -r name 2>/dev/null <"$comm" || continue
        case $name in docker | podman | conmon) ;; *) continue ;; esac
        pid=\${comm#/proc/}; pid=\${pid%/comm}
        unit=$(grep -oE '[^/]+\\.service$' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
        [ -z "$unit" ] || echo "$unit $(systemctl show -P MainPID "$unit") $pid $(tr '\\0\\n' '  ' <"/proc/$pid/cmdline")"
    done
}
emit container-units container_units
[ -f ${leftAloneFile} ] && emit podman-restart cat ${leftAloneFile}`,
  find: (sections) => engines.flatMap((engine) => containersOf(engine, sections)),
  owns: ({ handle }, { cgroup, pid, ancestors }) =>
    handle !== undefined &&
    (cgroup.includes(handle.cgroup) || (handle.pid > 0 && [pid, ...ancestors].includes(handle.pid))),
  forbid: (former) => (former.restart === '' ? [] : [forbid(former)]),
  stop: ({ runner, id }) => [`${runner} stop ${quote(id)} >/dev/null`],
  quiet: (former) => {
    const plain = [
      `${former.runner} kill --signal=USR1 ${quote(former.id)} >/dev/null`,
      endLater(timer(former), `${former.runner} stop ${quote(former.id)}`),
    ];
    if (former.runner === 'docker' || former.restart === '') return plain;
    const { id } = former;
    return [
      `if [ "$(podman inspect --format '{{.HostConfig.RestartPolicy.Name}}' ${quote(id)})" = no ]; then`,
      ...plain,
      'else',
      stopGently(id, timer(former)),
      'fi',
    ];
  },
  start: (former) => [
    ...(former.active
      ? [
          // One that ends, but has not ended yet, is begun again.
          `if systemctl is-active --quiet ${timer(former)}.timer || systemctl is-active --quiet ${timer(former)}.service; then`,
          callOff(timer(former)),
          `${former.runner} stop ${quote(former.id)} >/dev/null 2>&1 || :`,
          'fi',
          // What it starts goes on: it must not keep the lock of this step.
          `${former.runner} start ${quote(former.id)} >/dev/null 9>&-`,
        ]
      : []),
    callOff(timer(former)),
    ...(former.restart === '' ? [] : [allow(former)]),
  ],
  summary: ({ runner, id }) => `the ${runner} container ${id}`,
};
