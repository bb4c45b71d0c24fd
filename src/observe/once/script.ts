import { intent } from '../../node/intent.ts';
import { confinementSection } from './confinement.ts';
import { keepalivedDump } from '../keepalived-dump.ts';
import { keepsConnections, type ClusterSpec } from '../../cluster/spec.ts';
import { quote, type Command } from '../../core/command.ts';
import { madeOnce } from '../../core/read-once.ts';
import { filled } from '../../core/shell-text.ts';
import { guardHelpers, guardSections, keepHelper, keepSection } from './guard.ts';
import { healthAnswerSection, healthCertSections } from './kubernetes/health-check.ts';
import { kubernetesSections } from './kubernetes/script.ts';
import { openedSection } from './network/firewall.ts';
import { wireSections } from './network/script.ts';
import { filesHelper, sectionsCommand } from './sections.ts';
import { managersPresent } from '../../node/packages/index.ts';
import { containerFiles, etcDir, healthPort, keptFile, optionalUnits, paths, runDir, units } from '../../node/paths.ts';
import { runtimeOf } from '../../render/runtimes/index.ts';
import * as programs from '../shell/programs.ts';

/** Everything about a node in one round trip. It starts few processes: it runs again and again, also on the smallest node. */
export function observeCommand(
  spec: ClusterSpec,
  { wire = false, kubernetes = false }: { wire?: boolean; kubernetes?: boolean } = {},
): Command {
  const parts = partsFor(spec);
  return sectionsCommand(
    'read the state',
    parts.helpers,
    `${parts.always}${wire ? parts.wire : ''}${kubernetes ? parts.kubernetes : ''}`,
    intent({ kind: 'observe', wire, kubernetes }),
  );
}

const partsFor = madeOnce((spec: ClusterSpec) => ({
  helpers: `${helpers}${keepsConnections(spec) ? keepHelper : ''}`,
  always: sections(spec),
  wire: `${wireSections(spec)}${confinementSection}${healthAnswerSection(spec)}`,
  kubernetes: kubernetesSections(spec),
}));

/** Shell functions by which the sections are answered. */
export const helpers = filled(programs.look, {
  IMAGES: containerFiles.images,
  KEEPALIVED_DUMP: keepalivedDump.trimEnd(),
  KEEPALIVED_PID: paths.keepalivedPid,
  SOCKET: paths.haproxySocket,
  HEALTH_PORT: healthPort,
  GUARD_HELPERS: guardHelpers.trimEnd(),
  FILES_HELPER: filesHelper.trimEnd(),
});

function sections(spec: ClusterSpec): string {
  const runtime = runtimeOf(spec);
  return `
emit clock date +%s%3N
k8s_answer=$(ask_instances 2>&1)
k8s_asked=$?
emit os say /etc/os-release
[ -d /run/systemd/system ]
told systemd $? ''
${managersPresent}
${runtime.observeVersions(spec)}
there curl
there socat
# Before and after the addresses: what is kept may begin or end meanwhile, and one that is kept is not this node's.
kept_now() {
    for file in ${keptFile('[0-9a-f:]*')}; do
        case $file in *.new) continue ;; esac
        [ -f "$file" ] && emit "$1:\${file##*/kept-}" say "$file"
    done
}
kept_now kept-before
emit addresses ip -j address show
${guardSections}${openedSection}${keepsConnections(spec) ? keepSection : ''}emit nofile ulimit -Hn
emit ca sha256sum ${quote(spec.apiServer.caFile)}
${healthCertSections(spec)}emit writable can_write /etc
emit free free_kib
set --
for file in ${etcDir}/* ${etcDir}/.[!.]* ${paths.haproxyUnit}* ${paths.keepalivedUnit}* ${optionalUnits.map((unit) => `${unit}*`).join(' ')}; do
    case $file in *"
"*) continue ;; esac
    [ -f "$file" ] && set -- "$@" "$file"
done
[ $# -eq 0 ] || files "$@"
k8s_units=$(systemctl show -p Id -p ActiveState -p UnitFileState -p MainPID -p Description -p Result ${units.haproxy} ${units.keepalived} ${units.addons} ${units.snapshots} ${units.snapshot})
emit service:haproxy service ${units.haproxy} haproxy ${paths.haproxyPid}
emit service:keepalived service ${units.keepalived} keepalived ${paths.keepalivedPid}
emit hears hears ${paths.keepalivedVrrpPid}
emit service:addons service ${units.addons}
unit_said ${units.snapshots} && told service:snapshots 0 "$k8s_unit"
unit_said ${units.snapshot} && told service:snapshot 0 "$k8s_unit"
k8s_health=$(ask_health)
emit haproxy-config health_said revision
emit livez health_said livez
emit keepalived-config say ${paths.keepalivedLoaded}
emit instances instances
emit servers socket 'show stat -1 5 -1'
for file in ${paths.drain} ${paths.haproxyDown} ${runDir}/yield-*; do
    [ -f "$file" ] && emit "lever:\${file##*/}" say "$file"
done
kept_now kept
for k8s_change in ${paths.history}/*/; do :; done
[ -d "$k8s_change" ] && told last-change 0 "$k8s_change"
[ -f ${paths.lock} ] && emit lock say ${paths.lock}
emit listeners ss -Htlnp
`;
}
