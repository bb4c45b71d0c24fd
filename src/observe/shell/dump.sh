dump_signal() {
    k8s_signal=$(nsenter --target "$pid" --mount -- keepalived --signum=JSON 2>/dev/null)
    k8s_masks=$(sed -n 's/^Sig\(Blk\|Cgt\):[^0-9a-f]*//p' "/proc/$pid/status")
    for k8s_mask in $k8s_masks; do
        if [ -n "$k8s_signal" ] && [ $((0x$k8s_mask >> (k8s_signal - 1) & 1)) = 1 ]; then echo "$k8s_signal"; return; fi
    done
    nsenter --target "$pid" --mount -- keepalived --signum=DATA
}
dump_forget() { rm -f __DUMPS__; }
dump_said() {
    for k8s_dump in __DUMPS__; do
        if [ ! -s "$k8s_dump" ] || [ -L "$k8s_dump" ]; then continue; fi
        k8s_dumped=$(cat "$k8s_dump")
        case $k8s_dumped in
            '['*']' | '{'*'}') printf '%s\n' "$k8s_dumped"; return ;;
            *'< VRRP Scripts >'*) printf '%s\n' "$k8s_dumped" | sed -n '/< VRRP Topology >/,/< VRRP Sockpool >/{/^ VRRP Instance\|^   State\|^   Last transition\|^   Virtual\|^   Effective\|^   Advert interval\|^   Unicast Peer\|^   Tracked\|^     [0-9a-f]/p;}'; return ;;
        esac
    done
    return 1
}
