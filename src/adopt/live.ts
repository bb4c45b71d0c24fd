import * as z from 'zod';
import { quote, script, type Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { runningShell } from './running.ts';
import type { GivenFile } from './given.ts';

/**
 * Reads what a node runs, in one round trip: the files that the running keepalived and HAProxy were started with, in containers
 * too, and for a program that does not run those at their usual places; what is beside and included, check scripts, static-pod
 * manifests, and the containers of docker or podman. Each line of the output is `path base64(content)`. Nothing is changed.
 */
export function readSetupCommand(): Command {
  return script(
    'read the present configuration',
    `
${runningShell}
emit() { printf '%s ' "$1"; base64 <"$2" | tr -d '\\n'; echo; }
# Once each, by what it is: several processes read one file.
once() {
    [ -f "$2" ] && [ "$(wc -c <"$2")" -le 262144 ] || return
    key=$(stat -Lc %d:%i "$2")
    case " $done " in *" $key "*) return ;; esac
    done="$done $key"
    emit "$1" "$2"
}
done= ran=
# The files of one keepalived or HAProxy below a root, and the scripts that they name.
read_config() {
    program=$1 root=$2 config=$3
    once "$config" "$root$config"
    [ "$program" = keepalived ] || return
    for file in "$root\${config%/*}"/* "$root\${config%/*}"/conf.d/*; do
        grep -Iq . "$file" 2>/dev/null && once "\${file#"$root"}" "$file"
    done
    for script in $(sed -n 's/^[[:space:]]*script[[:space:]]*["'"'"']*\\([^ "'"'"']*\\).*/\\1/p' "$root\${config%/*}"/*.conf 2>/dev/null | sort -u); do
        grep -Iq . "$root$script" 2>/dev/null && once "$script" "$root$script"
    done
}
for found in $(programs | tr ' ' :); do
    pid=\${found#*:} name=\${found%:*}
    grep -q 'k8s-ha-[a-z]*\\.service' "/proc/$pid/cgroup" && continue
    for config in $(config_files "$pid"); do
        [ -f "/proc/$pid/root$config" ] || continue
        ran="$ran $name"
        read_config "$name" "/proc/$pid/root" "$config"
    done
done
case $ran in *keepalived*) ;; *) read_config keepalived '' /etc/keepalived/keepalived.conf ;; esac
case $ran in *haproxy*) ;; *) for file in /etc/haproxy/*.cfg /etc/haproxy/conf.d/* /usr/local/etc/haproxy/*.cfg; do once "$file" "$file"; done ;; esac
for file in /etc/k8s-ha/* /etc/systemd/system/k8s-ha-*.service /etc/kubernetes/manifests/*.yaml /etc/kubernetes/manifests/*.yml; do once "$file" "$file"; done
for engine in docker podman; do
    command -v "$engine" >/dev/null || continue
    # podman may be there under docker's name as well.
    case $engine$("$engine" --version 2>/dev/null) in dockerpodman*) continue ;; esac
    ids=$(timeout 10 "$engine" ps -q 2>/dev/null)
    [ -z "$ids" ] || { printf 'containers:%s ' "$engine"; timeout 10 "$engine" inspect $ids 2>/dev/null | base64 | tr -d '\\n'; echo; }
done
exit 0`,
    { timeoutMs: 30_000 },
  );
}

const inspected = z.array(
  z.object({
    Name: z.string(),
    Config: z.object({ Image: z.string(), Env: z.array(z.string()).nullish(), Cmd: z.array(z.string()).nullish() }),
    HostConfig: z.object({
      NetworkMode: z.string().default(''),
      RestartPolicy: z.object({ Name: z.string().default('') }).default({ Name: '' }),
    }),
  }),
);

/** Containers as the commands that start them, one a line, in the words that a reader of commands knows. */
function commandsOf(engine: string, text: string): string {
  const read = inspected.safeParse(jsonOr(text));
  return (read.success ? read.data : [])
    .filter(({ Name }) => !/^\/?k8s-ha-/.test(Name))
    .map(({ Name, Config, HostConfig }) =>
      [
        `${engine} run -d --name=${quote(Name.replace(/^\//, ''))} --network=${quote(HostConfig.NetworkMode)}`,
        `--restart=${quote(HostConfig.RestartPolicy.Name || 'no')}`,
        ...(Config.Env ?? []).map((variable) => `-e ${quote(variable)}`),
        quote(Config.Image),
        ...(Config.Cmd ?? []).map(quote),
      ].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}

/** The files of one node, from what `readSetupCommand` printed. */
export function parseSetup(output: string, node: string): GivenFile[] {
  const files = new Map<string, string>();
  for (const line of output.split('\n')) {
    const match = /^([!-~]{1,4096}) ([A-Za-z0-9+/=]*)$/.exec(line);
    if (!match) continue;
    const [, name = '', base64 = ''] = match;
    const content = Buffer.from(base64, 'base64').toString('utf8');
    const engine = /^containers:(docker|podman)$/.exec(name)?.[1];
    const path = engine === undefined ? name : 'containers.sh';
    const text = engine === undefined ? content : commandsOf(engine, content);
    files.set(path, `${files.get(path) ?? ''}${text}`);
  }
  return [...files].filter(([, text]) => text !== '').map(([path, text]) => ({ file: `${node}:${path}`, text, node }));
}

/** Reads the nodes' present set-ups; a node that cannot be read is a finding. */
export async function readSetups(
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<{ files: readonly GivenFile[]; findings: readonly Finding[] }> {
  const results = await Promise.all(
    hosts.map(async (host) => ({ host, result: await host.run(readSetupCommand(), signal ? { signal } : {}) })),
  );
  return {
    files: results.flatMap(({ host, result }) => (result.rc === 0 ? parseSetup(result.stdout, host.name) : [])),
    findings: results.flatMap(({ host, result }): Finding[] =>
      result.rc === 0
        ? []
        : [
            {
              rule: 'import-node-not-read',
              severity: 'error',
              node: host.name,
              message:
                result.failure?.message ??
                `reading ${host.name} ended with ${result.rc ?? 'nothing'}: ${result.stderr.trim()}`,
              ...(result.failure?.suggestion !== undefined && { suggestion: result.failure.suggestion }),
            },
          ],
    ),
  };
}
