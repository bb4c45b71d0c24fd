import { script, type Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import type { GivenFile } from './setup.ts';

/**
 * Reads what a node runs, in one round trip: the files of keepalived and HAProxy with what they include, check scripts,
 * static-pod manifests, and the containers of docker or podman as command lines. Each line of the output is
 * `path base64(content)`. Nothing is changed.
 */
export const readSetupCommand = (): Command =>
  script(
    'read the present configuration',
    `
emit() { printf '%s ' "$1"; base64 <"$1" | tr -d '\\n'; echo; }
for file in /etc/keepalived/* /etc/keepalived/conf.d/* /etc/haproxy/*.cfg /etc/haproxy/conf.d/* /usr/local/etc/haproxy/*.cfg \\
    /etc/k8s-ha/* /etc/kubernetes/manifests/*.yaml /etc/kubernetes/manifests/*.yml; do
    [ -f "$file" ] && [ "$(wc -c <"$file")" -le 262144 ] && emit "$file"
done
for script in $(sed -n 's/^[[:space:]]*script[[:space:]]*["'"'"']*\\([^ "'"'"']*\\).*/\\1/p' /etc/keepalived/*.conf 2>/dev/null | sort -u); do
    [ -f "$script" ] && grep -Iq . "$script" && emit "$script"
done
for engine in docker podman; do
    command -v "$engine" >/dev/null || continue
    for id in $(timeout 5 "$engine" ps -q 2>/dev/null); do
        line=$("$engine" inspect --format '{{range .Config.Env}}-e "{{.}}" {{end}}{{.Config.Image}}' "$id")
        case $line in *keepalived*|*haproxy*) printf 'containers.sh '; printf '%s run -d %s\\n' "$engine" "$line" | base64 | tr -d '\\n'; echo ;; esac
    done
done
exit 0`,
    { timeoutMs: 20_000 },
  );

/** The files of one node, from what `readSetupCommand` printed. */
export const parseSetup = (output: string, node: string): GivenFile[] => {
  const files = new Map<string, string>();
  for (const line of output.split('\n')) {
    const match = /^(\S+) ([A-Za-z0-9+/=]*)$/.exec(line);
    if (!match) continue;
    const text = Buffer.from(match[2] ?? '', 'base64').toString('utf8');
    files.set(match[1] ?? '', `${files.get(match[1] ?? '') ?? ''}${text}`);
  }
  return [...files].map(([path, text]) => ({ file: `${node}:${path}`, text, node }));
};

/** Reads the nodes' present set-ups; a node that cannot be read is a finding. */
export const readSetups = async (
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<{ files: readonly GivenFile[]; findings: readonly Finding[] }> => {
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
};
