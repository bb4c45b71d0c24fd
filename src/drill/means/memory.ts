import type { FaultAct } from '../../node/intent/drill.ts';
import { faultFile } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** So little, with version 2, that what a program has is too much. */
const littleBytes = 65_536;

/**
 * Has the kernel kill programs because their control group is out of memory. With version 2 of control groups that of the
 * service, or of the container, gets the limit: the kernel kills as soon as it is set. With version 1, whose limits are
 * refused below what is in use, they are moved to a group that may have nothing already: the kernel kills with the next
 * request for a page. (A limit that is set after the move is refused where a page was requested in between.) Where it has not killed within 3 s, all is as before, and the fault was not injected.
 * @param pids shell that sets `$pids`: the processes, the first of which must be gone afterwards
 * @param does the same for the simulated cluster
 */
export function outOfMemory(
  fault: string,
  pids: string,
  does: readonly FaultAct[],
): Required<Pick<Fault, 'available' | 'inject' | 'heal'>> {
  const [kept, hierarchy] = [faultFile(fault), faultFile(`${fault}-groups`)];
  const group = `${hierarchy}/k8s-ha-drill-${fault}`;
  const inject = `${pids}
first=\${pids%% *}
${ownGroup}
if [ -n "$own" ]; then
    echo "$own/memory.max $(cat "$own/memory.max")" >${kept}
    echo ${littleBytes} >"$own/memory.max"
else
    mkdir -p ${hierarchy}
    echo >${kept}
    mount -t cgroup -o memory k8s-ha-drill ${hierarchy}
    mkdir -p ${group}
    echo 0 >${group}/memory.limit_in_bytes
    for pid in $pids; do echo "$pid" >${group}/cgroup.procs || [ ! -d "/proc/$pid" ]; done
fi
for each in $(seq 1 30); do
    [ "$each" = 1 ] || sleep 0.1
    [ -d "/proc/$first" ] || break
done
${unlimited(kept, hierarchy, group)}
[ ! -d "/proc/$first" ] || { echo 'the kernel has not killed it within 3 s' >&2; exit 1; }`;
  const heal = { shell: unlimited(kept, hierarchy, group), does: [] };
  return {
    available: () => `${pids}
first=\${pids%% *}
${ownGroup}
[ -n "$own" ] || grep -q ':memory:' /proc/self/cgroup || { echo 'the kernel does not count the memory of this program by itself (no memory controller in its control group)'; exit 1; }`,
    inject: () => ({ shell: inject, does }),
    heal: () => heal,
  };
}

/** Sets `$own` to the memory group of `$first` where version 2 has one that is neither the root nor ours. */
const ownGroup = `own=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$first/cgroup")
[ "$own" != /sys/fs/cgroup/ ] && [ -w "$own/memory.max" ] || own=`;

/** What is limited is limited no more; what is left of a group of ours is moved out of it, and the group goes. */
function unlimited(kept: string, hierarchy: string, group: string): string {
  return `[ ! -f ${kept} ] || {
    read -r file before <${kept} || true
    [ -z "$file" ] || [ ! -e "$file" ] || echo "$before" >"$file"
    if [ -d ${group} ]; then
        echo -1 >${group}/memory.limit_in_bytes
        while read -r pid; do echo "$pid" >${hierarchy}/cgroup.procs || true; done <${group}/cgroup.procs
        rmdir ${group} || exit 1
    fi
    ! mountpoint -q ${hierarchy} || umount ${hierarchy} || exit 1
    rmdir ${hierarchy} 2>/dev/null || true
    rm -f ${kept}
}`;
}
