import * as z from 'zod';
import { readHaproxy } from '../adopt/haproxy/read.ts';
import { readKeepalived } from '../adopt/keepalived/read.ts';
import { runningShell } from '../adopt/running.ts';
import { succeeded, type Command } from '../core/command.ts';
import { parseAddress } from '../core/ip.ts';
import { known, unknown, type Observed } from '../core/observed.ts';
import type { Host } from '../host/host.ts';
import { parseSections, sectionsCommand, type Sections } from '../observe/once/sections.ts';
import { brief } from '../core/printable.ts';
import { forms, wholeNumber } from '../node/said.ts';
import { intent } from '../node/intent.ts';
import { stateDir } from '../node/paths.ts';
import { containers } from './foreign/containers.ts';
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

export function lookCommand(): Command {
  return sectionsCommand(
    'look for another keepalived and HAProxy',
    `
about() {
    k8s_pid=$1 k8s_up=$1 k8s_all=
    while [ "$k8s_up" -gt 1 ]; do
        read -r k8s_stat <"/proc/$k8s_up/stat" || return
        # shellcheck disable=SC2086 # fields, apart
        set -- \${k8s_stat##*) }
        k8s_up=$2 k8s_all="$k8s_all $2"
    done
    echo "ancestors=$k8s_all"
    sed -n 's/^[0-9]*:\\(name=systemd\\)\\{0,1\\}:/cgroup=/p' "/proc/$k8s_pid/cgroup"
}
configs() { config_files "$1" | while read -r k8s_file; do cat "/proc/$1/root$k8s_file"; done; }
# What engines warn of is not part of what they answer.
quietly() { "$@" 2>/dev/null; }
${runningShell}`,
    `
for found in $(programs | tr ' ' :); do
    pid=\${found#*:} name=\${found%:*}
    grep -q 'k8s-ha-[a-z]*\\.service' "/proc/$pid/cgroup" && continue
    emit "process:$name:$pid" about "$pid"
    emit "config:$name:$pid" configs "$pid"
done
${foreignKinds.map(({ look }) => look).join('\n')}
[ -f ${formerFile} ] && emit former cat ${formerFile}
emit listening ss -Htlnpe
`,
    intent({ kind: 'look-foreign' }),
  );
}

const formerSchema = z.array(
  z.object({
    runner: z.enum(['systemd', 'docker', 'podman', 'static-pod']),
    programs: z.array(z.enum(['keepalived', 'haproxy'])).max(2),
    id: z.string(),
    active: z.boolean(),
    restart: z.string(),
  }),
);

export function formerText(formers: readonly Former[]): string {
  return JSON.stringify(
    formers.map(({ runner, programs, id, active, restart }) => ({ runner, programs, id, active, restart })),
  );
}

export function parseForeign(output: string): Observed<ForeignNode> {
  const sections = parseSections(output);
  const listening = sections.get('listening');
  if (listening?.rc !== 0) return unknown(brief(listening?.text ?? 'the node did not answer to the end'));
  const remembered = rememberedIn(sections);
  if (!remembered) return unknown(`${formerFile} cannot be read`);
  const processes = processesIn(sections);
  const silent = [...sections].find(([name]) => name.startsWith('silent:'))?.[1].text;
  if (silent !== undefined) return unknown(brief(silent));
  const found = foundIn(sections, processes);
  const odd = [...found, ...remembered].find((former) => !isNameable(former));
  if (odd)
    return unknown(
      `it names ${brief(JSON.stringify(odd.id))}, which is no ${odd.runner} that can be named in a command`,
    );
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
}

/** Its names have the form that what runs it gives, so that they can stand in commands and files. */
function isNameable({ runner, id, restart, handle, unit }: Former): boolean {
  const form = { systemd: forms.unit, docker: forms.container, podman: forms.container, 'static-pod': manifest }[
    runner
  ];
  return (
    form.test(id) &&
    (restart === '' || forms.unitState.test(restart)) &&
    (handle === undefined || /^[0-9a-f]{12,64}$/.test(handle.cgroup)) &&
    (unit === undefined || forms.unit.test(unit))
  );
}

const manifest = /^\/etc\/kubernetes\/manifests\/[A-Za-z0-9][\w.-]{0,200}\.ya?ml$/;

/** What a container runs is no unit's, whatever control group it is in: podman can leave it in that of who started it. */
function foundIn(sections: Sections, processes: readonly Process[]): readonly Former[] {
  const contained = containers.find(sections, processes);
  const rest = processes.filter((process) => !contained.some((former) => containers.owns(former, process)));
  return foreignKinds.flatMap((kind) => (kind === containers ? contained : kind.find(sections, rest)));
}

function rememberedIn(sections: Sections): readonly Former[] | undefined {
  const text = sections.get('former')?.text;
  if (text === undefined) return [];
  try {
    const read = formerSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

function processesIn(sections: Sections): readonly Process[] {
  return [...sections].flatMap(([name, { rc, text }]): Process[] => {
    const [, program, pid] = /^process:(keepalived|haproxy):(\d{1,9})$/.exec(name) ?? [];
    if (rc !== 0 || (program !== 'keepalived' && program !== 'haproxy')) return [];
    const cgroups = [...text.matchAll(/^cgroup=(.*)$/gm)].map(([, path = '']) => path);
    return [
      {
        pid: Number(pid),
        ancestors: (/^ancestors=(.*)$/m.exec(text)?.[1] ?? '').split(' ').flatMap((word) => wholeNumber(word) ?? []),
        program,
        cgroup: cgroups.toSorted((a, b) => b.length - a.length)[0] ?? '',
      },
    ];
  });
}

/** Two programs listen on one port when both ask for it (SO_REUSEPORT) as the same user; HAProxy does, as root. */
function portsIn(text: string, processes: readonly Process[]): { port: number; shared: boolean }[] {
  const pids = processes.map(({ pid }) => pid);
  const ports = text.split('\n').flatMap((line) => {
    const mine = [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => pids.includes(Number(pid)));
    const port = Number(/^\S+\s+\S+\s+\S+\s+\S+:(\d+)\s/.exec(line)?.[1]);
    return mine && port > 0 ? [{ port, shared: !/\buid:[1-9]/.test(line) }] : [];
  });
  return [...new Map(ports.map((one) => [one.port, one])).values()];
}

export interface ForeignSeen {
  readonly node: string;
  readonly foreign: Observed<ForeignNode>;
}

/** Looks at every node for what k8s-ha does not own. */
export async function lookForeign(hosts: readonly Host[]): Promise<readonly ForeignSeen[]> {
  return Promise.all(
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
}
