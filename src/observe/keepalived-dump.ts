import { paths, runDir } from '../node/paths.ts';

/** Where keepalived before 2.2.5 writes, whatever TMPDIR says: the unit gives it a /tmp of its own, seen through its process. */
const ownTmp = '"/proc/$pid/root/tmp';

/** In this order they are looked for. */
const dumps = [
  paths.keepalivedJson,
  paths.keepalivedData,
  ...[paths.keepalivedJson, paths.keepalivedData].map((path) => `${ownTmp}${path.slice(runDir.length)}"`),
];

/**
 * Shell functions for keepalived's dump of its own state; `$pid` is its process.
 * `dump_signal` prints the number of the signal for it: as JSON, or as text where it was built without --enable-json. The
 * program is asked, where it is; and the process whether it waits for that (keepalived blocks what it reads by signalfd), because the
 * file may be a newer one: a signal that it does not know would end it. `dump_forget` removes the dumps that are there: each
 * signal writes again. `dump_said` prints the new one once all of it is there, and fails until then: JSON ends with its bracket, and
 * in text the scripts come after the instances. Of text only what is needed is told: it has passwords too.
 */
export const keepalivedDump = `dump_signal() {
    k8s_signal=$(nsenter --target "$pid" --mount -- keepalived --signum=JSON 2>/dev/null)
    k8s_masks=$(sed -n 's/^Sig\\(Blk\\|Cgt\\):[^0-9a-f]*//p' "/proc/$pid/status")
    for k8s_mask in $k8s_masks; do
        if [ -n "$k8s_signal" ] && [ $((0x$k8s_mask >> (k8s_signal - 1) & 1)) = 1 ]; then echo "$k8s_signal"; return; fi
    done
    nsenter --target "$pid" --mount -- keepalived --signum=DATA
}
dump_forget() { rm -f ${dumps.join(' ')}; }
dump_said() {
    for k8s_dump in ${dumps.join(' ')}; do
        if [ ! -s "$k8s_dump" ] || [ -L "$k8s_dump" ]; then continue; fi
        k8s_dumped=$(cat "$k8s_dump")
        case $k8s_dumped in
            '['*']' | '{'*'}') printf '%s\\n' "$k8s_dumped"; return ;;
            *'< VRRP Scripts >'*) printf '%s\\n' "$k8s_dumped" | sed -n '/< VRRP Topology >/,/< VRRP Sockpool >/{/^ VRRP Instance\\|^   State\\|^   Last transition\\|^   Virtual\\|^   Effective\\|^   Advert interval\\|^   Unicast Peer\\|^   Tracked\\|^     [0-9a-f]/p;}'; return ;;
        esac
    done
    return 1
}
`;
