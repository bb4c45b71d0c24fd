import { intent } from '../../node/intent.ts';
import { keepsConnections, type ClusterSpec } from '../../cluster/spec.ts';
import { hostPort } from '../../core/ip.ts';
import { quote, type Command } from '../../core/command.ts';
import { guardHelpers, guardSections, keepHelper, keepSection } from './guard.ts';
import { kubernetesSections } from './kubernetes/script.ts';
import { sectionsCommand } from './sections.ts';
import { addonFiles, containerFiles, etcDir, healthPort, keptFile, paths, runDir, units } from '../../node/paths.ts';
import { runtimeOf } from '../../render/runtimes/index.ts';

/** Everything about a node in one round trip. It starts few processes: it runs again and again, also on the smallest node. */
export function observeCommand(
  spec: ClusterSpec,
  { wire = false, kubernetes = false }: { wire?: boolean; kubernetes?: boolean } = {},
): Command {
  return sectionsCommand(
    'read the state',
    `${helpers}${keepsConnections(spec) ? keepHelper : ''}`,
    `${sections(spec)}${wire ? neighbours(spec) : ''}${kubernetes ? kubernetesSections(spec) : ''}`,
    intent({ kind: 'observe', wire, kubernetes }),
  );
}

const helpers = `
k8s_nl='
'
k8s_gap=$k8s_nl$k8s_nl
# The first line: without a process that cuts it off.
version_of() {
    command -v "$1" >/dev/null || return 127
    k8s_said=$("$@" 2>&1)
    k8s_end=$?
    echo "\${k8s_said%%"$k8s_nl"*}"
    return "$k8s_end"
}
# Of these it counts that they are there: asking for a version starts them.
has() { command -v "$1" >/dev/null || return 127; }
image_id() { command -v podman >/dev/null || return 127; podman image inspect --format '{{.Id}}' "$1" 2>/dev/null || return 127; }
# Told when the image was got: running a container to ask takes longer than all else here.
image_version() { k8s_id=$(image_id "$1") && head -n 1 "${containerFiles.images}/$k8s_id.$2" 2>/dev/null || return 127; }
package_manager() { command -v apt-get >/dev/null && echo apt || echo other; }
# When a process was started, in hundredths of a second since boot.
# shellcheck disable=SC2086 # fields, apart
started() { read -r k8s_stat <"/proc/$1/stat" || return; k8s_stat=\${k8s_stat##*) }; set -- $k8s_stat; echo "\${20}"; }
# Since the youngest of a process and its children was started. "self" is the subshell that was just started to ask.
age() {
    k8s_young=$(started "$1") || return
    k8s_children=
    read -r k8s_children 2>/dev/null <"/proc/$1/task/$1/children" || true
    for k8s_child in $k8s_children; do
        k8s_began=$(started "$k8s_child") && [ "$k8s_began" -gt "$k8s_young" ] && k8s_young=$k8s_began
    done
    echo $(($(started self) - k8s_young))
}
# What systemctl said of one of the units; it was asked once for all.
unit_said() {
    k8s_rest=$k8s_units$k8s_gap
    while [ -n "$k8s_rest" ]; do
        k8s_block=\${k8s_rest%%"$k8s_gap"*}
        k8s_rest=\${k8s_rest#*"$k8s_gap"}
        case "$k8s_nl$k8s_block$k8s_nl" in *"\${k8s_nl}Id=$1$k8s_nl"*) echo "$k8s_block"; return ;; esac
    done
    return 1
}
service() {
    k8s_unit=$(unit_said "$1") || return
    echo "$k8s_unit"
    pid=\${k8s_unit##*MainPID=}
    pid=\${pid%%[!0-9]*}
    [ "\${pid:-0}" -gt 0 ] || return 0
    # Where it runs in a container, the program is not the unit's main process.
    k8s_program=$(cat "$3" 2>/dev/null) && [ -e "/proc/$k8s_program/environ" ] && pid=$k8s_program
    tr '\\0' '\\n' <"/proc/$pid/environ" | grep '^K8S_HA_REVISION='
    k8s_age=$(age "$pid" 2>/dev/null) && echo "K8S_HA_AGE=$k8s_age"
    # After a package was upgraded the process goes on with a file that has no name any more; it can still say what it is.
    # Its files may be another system's, in a container, which is told by where the program is: a unit has mounts of its own too.
    # shellcheck disable=SC3013 # dash and busybox know -ef
    [ -n "$2" ] && [ -n "$(command -v "$2")" ] && [ "/proc/$pid/root$(command -v "$2")" -ef "$(command -v "$2")" ] && [ -e "/proc/$pid/exe" ] && ! [ "/proc/$pid/exe" -ef "$(command -v "$2")" ] &&
        echo "K8S_HA_RUNS=$("/proc/$pid/exe" -v 2>&1 | head -n 1)"
    return 0
}
can_write() { probe=$(mktemp "$1/.k8s-ha-probe.XXXXXX") && rm -f "$probe"; }
instances() {
    pid=$(cat ${paths.keepalivedPid}) || return
    # The file may be seen empty before it is written, and is written again by each signal.
    rm -f ${paths.keepalivedJson}
    kill -s "$(nsenter --target "$pid" --mount -- keepalived --signum=JSON)" "$pid" || return
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sleep 0.02
        if [ -s ${paths.keepalivedJson} ]; then sleep 0.01; cat ${paths.keepalivedJson}; return; fi
    done
    echo "keepalived wrote no state within 0.5 s"; return 1
}
socket() { echo "$1" | timeout 2 socat -t2 - UNIX-CONNECT:${paths.haproxySocket}; }
ask() { curl -s --noproxy '*' --max-time 1 "$@"; }
# Two answers of HAProxy by one curl: each as its body and then a line with its status, which is 000 where there is none.
ask_health() {
    ask -w '\n@@%{http_code}\n' -o - http://127.0.0.1:${healthPort}/revision -o /dev/null http://127.0.0.1:${healthPort}/livez
}
health_said() {
    case $k8s_health in *"$k8s_nl@@"*"$k8s_nl@@"*) ;; *) return 7 ;; esac
    k8s_second=\${k8s_health##*"$k8s_nl@@"}
    k8s_first=\${k8s_health%%"$k8s_nl@@"*}
    k8s_code=\${k8s_health#*"$k8s_nl@@"}
    case $1 in
        revision) [ "\${k8s_code%%"$k8s_nl"*}" != 000 ] && echo "$k8s_first" ;;
        livez) echo "$k8s_second"; [ "$k8s_second" != 000 ] ;;
    esac || return 7
}
${guardHelpers}# shellcheck disable=SC2034 # the columns before it
free_kib() { df -Pk /etc | { read -r k8s_head; read -r k8s_disk k8s_size k8s_used k8s_free k8s_more && echo "$k8s_free"; }; }
`;

function sections(spec: ClusterSpec): string {
  const runtime = runtimeOf(spec);
  return `
emit clock date +%s%3N
emit os cat /etc/os-release
emit systemd test -d /run/systemd/system
emit package-manager package_manager
${runtime.observeVersions(spec)}
emit curl has curl
emit socat has socat
emit addresses ip -j address show
${guardSections}${keepsConnections(spec) ? keepSection : ''}emit nofile ulimit -Hn
emit ca sha256sum ${quote(spec.apiServer.caFile)}
emit writable can_write /etc
emit free free_kib
for file in ${etcDir}/* ${etcDir}/.[!.]* ${paths.haproxyUnit}* ${paths.keepalivedUnit}* ${addonFiles.unit}*; do
    case $file in *"
"*) continue ;; esac
    [ -f "$file" ] && emit "file:$file" one_file "$file"
done
k8s_units=$(systemctl show -p Id -p ActiveState -p UnitFileState -p MainPID ${units.haproxy} ${units.keepalived} ${units.addons})
emit service:haproxy service ${units.haproxy} haproxy ${paths.haproxyPid}
emit service:keepalived service ${units.keepalived} keepalived ${paths.keepalivedPid}
emit service:addons service ${units.addons}
k8s_health=$(ask_health)
emit haproxy-config health_said revision
emit livez health_said livez
emit keepalived-config cat ${paths.keepalivedLoaded}
emit instances instances
emit servers socket 'show stat -1 5 -1'
for file in ${paths.drain} ${paths.haproxyDown} ${runDir}/yield-*; do
    [ -f "$file" ] && emit "lever:\${file##*/}" cat "$file"
done
for file in ${keptFile('[0-9a-f:]*')}; do
    case $file in *.new) continue ;; esac
    [ -f "$file" ] && emit "kept:\${file##*/kept-}" cat "$file"
done
[ -f ${paths.lock} ] && emit lock cat ${paths.lock}
emit listeners ss -Htlnp
`;
}

/**
 * Makes the kernel resolve each VIP, then reads who answered: ARP (or NDP) answers even where a firewall drops the rest. What
 * it remembers is forgotten first: an old answer says nothing of now.
 */
function neighbours(spec: ClusterSpec): string {
  return `${spec.endpoint.virtualIPs
    .map(
      ({ address }) =>
        `ip neigh flush to ${address} 2>/dev/null
{ ask --connect-timeout 0.4 -o /dev/null http://${hostPort(address, spec.endpoint.port)}/ || true; } &`,
    )
    .join('\n')}
wait
emit neighbours ip -j neigh show
${endpointName(spec)}`;
}

/** As the programs of the node resolve it: by DNS, or by its own hosts file. */
function endpointName({ endpoint: { dnsName } }: ClusterSpec): string {
  return dnsName === undefined ? '' : `emit dns timeout 3 getent ahosts ${quote(dnsName)}\n`;
}
