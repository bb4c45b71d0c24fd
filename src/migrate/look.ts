import { z } from 'zod';
import { readHaproxy } from '../adopt/haproxy/read.ts';
import { readKeepalived } from '../adopt/keepalived/read.ts';
import { succeeded, type Command } from '../core/command.ts';
import { parseAddress } from '../core/ip.ts';
import { known, unknown, type Observed } from '../core/observed.ts';
import type { Host } from '../host/host.ts';
import { parseSections, sectionsCommand, type Sections } from '../observe/sections.ts';
import { stateDir } from '../render/paths.ts';
import type { Former, Process, Program } from './foreign/foreign.ts';
import { foreignKinds, kindOf } from './foreign/index.ts';
import { frontendsOf, type Frontend } from './frontends.ts';

/** What each node remembers of the former set-up, so that it can have it back. */
export const formerFile = `${stateDir}/former.json`;

/** A port that a foreign HAProxy listens on. */
export interface ForeignPort {
  readonly port: number;
  /** Ours can listen beside it. */
  readonly shared: boolean;
  /** What runs that HAProxy. */
  readonly by: string;
}

/** What somebody else runs on one node. */
export interface ForeignNode {
  /** What runs or would come back by itself. */
  readonly found: readonly Former[];
  /** What an earlier migration stopped. */
  readonly remembered: readonly Former[];
  /** Processes that no known thing runs. */
  readonly strays: readonly Process[];
  readonly ports: readonly ForeignPort[];
  /** What is known of these ports from its configuration. */
  readonly frontends: readonly Frontend[];
  /** Addresses that a foreign keepalived floats, as its configuration says. */
  readonly floats: readonly string[];
}

export const lookCommand = (): Command =>
  sectionsCommand(
    'look for another keepalived and HAProxy',
    `
about() {
    read -r k8s_stat <"/proc/$1/stat" || return; k8s_stat=\${k8s_stat##*) }; set -- "$1" $k8s_stat
    echo "parent=$3"
    sed -n 's/^[0-9]*:\\(name=systemd\\)\\{0,1\\}:/cgroup=/p' "/proc/$1/cgroup"
}
# The files that a program was started with; a container's are seen through its root.
configs() {
    k8s_pid=$1; k8s_file=$2
    k8s_take=
    for k8s_word in $(tr '\\0' '\\n' <"/proc/$k8s_pid/cmdline"); do
        case $k8s_take$k8s_word in
            -f | --use-file) k8s_take=yes; continue ;;
            yes*) k8s_file=$k8s_word; k8s_take= ;;
            --use-file=*) k8s_file=\${k8s_word#*=} ;;
        esac
    done
    case $k8s_file in /*) ;; *) k8s_file=$(readlink "/proc/$k8s_pid/cwd")/$k8s_file ;; esac
    [ -f "/proc/$k8s_pid/root$k8s_file" ] && cat "/proc/$k8s_pid/root$k8s_file"
}
`,
    `
for comm in /proc/[0-9]*/comm; do
    read -r name 2>/dev/null <"$comm" || continue
    case $name in haproxy) file=/etc/haproxy/haproxy.cfg ;; keepalived) file=/etc/keepalived/keepalived.conf ;; *) continue ;; esac
    pid=\${comm#/proc/}; pid=\${pid%/comm}
    grep -q 'k8s-ha-[a-z]*\\.service' "/proc/$pid/cgroup" && continue
    # One that only says its version, such as for somebody else's observation, runs nothing.
    tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qE ' (-v|-vv|-c|-t|--version|--signum=[A-Z]*|--config-test) ' && continue
    emit "process:$name:$pid" about "$pid"
    emit "config:$name:$pid" configs "$pid" "$file"
done
${foreignKinds.map(({ look }) => look).join('\n')}
[ -f ${formerFile} ] && emit former cat ${formerFile}
emit listening ss -Htlnpe
`,
  );

const formerSchema = z.array(
  z.object({
    runner: z.enum(['systemd', 'docker', 'podman', 'static-pod']),
    programs: z.array(z.enum(['keepalived', 'haproxy'])),
    id: z.string(),
    active: z.boolean(),
    restart: z.string(),
  }),
);

export const formerText = (formers: readonly Former[]): string =>
  JSON.stringify(
    formers.map(({ runner, programs, id, active, restart }) => ({ runner, programs, id, active, restart })),
  );

export const parseForeign = (output: string): Observed<ForeignNode> => {
  const sections = parseSections(output);
  const listening = sections.get('listening');
  if (listening?.rc !== 0) return unknown(listening?.text.trim() ?? 'the node did not answer to the end');
  const remembered = rememberedIn(sections);
  if (!remembered) return unknown(`${formerFile} cannot be read`);
  const processes = processesIn(sections);
  const found = foreignKinds.flatMap((kind) => kind.find(sections, processes));
  const texts = (program: Program): string[] => [
    ...new Set(
      [...sections].flatMap(([name, { rc, text }]) =>
        rc === 0 && name.startsWith(`config:${program}:`) ? [text] : [],
      ),
    ),
  ];
  return known({
    found,
    remembered,
    strays: processes.filter((process) => !found.some((former) => kindOf(former).owns(former, process))),
    ports: found.flatMap((former) =>
      portsIn(
        listening.text,
        processes.filter((process) => process.program === 'haproxy' && kindOf(former).owns(former, process)),
      ).map((port) => ({ ...port, by: former.id })),
    ),
    frontends: texts('haproxy').flatMap((text) => frontendsOf(readHaproxy(text, 'haproxy.cfg').tree)),
    floats: [
      ...new Set(
        texts('keepalived')
          .flatMap((text) => readKeepalived(text, 'keepalived.conf').instances)
          .flatMap(({ vips }) => vips.flatMap(({ value }) => parseAddress(value)?.text ?? [])),
      ),
    ],
  });
};

const rememberedIn = (sections: Sections): readonly Former[] | undefined => {
  const text = sections.get('former')?.text;
  if (text === undefined) return [];
  try {
    const read = formerSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
};

const processesIn = (sections: Sections): readonly Process[] =>
  [...sections].flatMap(([name, { rc, text }]): Process[] => {
    const [, program, pid] = /^process:(keepalived|haproxy):(\d+)$/.exec(name) ?? [];
    if (rc !== 0 || (program !== 'keepalived' && program !== 'haproxy')) return [];
    const cgroups = [...text.matchAll(/^cgroup=(.*)$/gm)].map(([, path = '']) => path);
    return [
      {
        pid: Number(pid),
        parent: Number(/^parent=(\d+)$/m.exec(text)?.[1] ?? 0),
        program,
        cgroup: cgroups.toSorted((a, b) => b.length - a.length)[0] ?? '',
      },
    ];
  });

/** Two programs listen on one port when both ask for it (SO_REUSEPORT) as the same user; HAProxy does, as root. */
const portsIn = (text: string, processes: readonly Process[]): { port: number; shared: boolean }[] => {
  const pids = processes.map(({ pid }) => pid);
  const ports = text.split('\n').flatMap((line) => {
    const mine = [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => pids.includes(Number(pid)));
    const port = Number(/^\S+\s+\S+\s+\S+\s+\S+:(\d+)\s/.exec(line)?.[1]);
    return mine && port > 0 ? [{ port, shared: !/\buid:[1-9]/.test(line) }] : [];
  });
  return [...new Map(ports.map((one) => [one.port, one])).values()];
};

export interface ForeignSeen {
  readonly node: string;
  readonly foreign: Observed<ForeignNode>;
}

/** Looks at every node for what k8s-ha does not own. */
export const lookForeign = async (hosts: readonly Host[]): Promise<readonly ForeignSeen[]> =>
  Promise.all(
    hosts.map(async (host) => {
      const result = await host.run(lookCommand());
      return {
        node: host.name,
        foreign: succeeded(result)
          ? parseForeign(result.stdout)
          : unknown(result.failure?.message ?? (result.stderr.trim() || `looking ended with ${result.rc}`)),
      };
    }),
  );
