# Has the kubelet end a static pod and start it again: its manifest goes out of sight until the process is gone.
pod=__POD__
file=__MANIFESTS__/$pod.yaml
# The kubelet reads no file whose name begins with a dot.
held=__MANIFESTS__/.k8s-ha-$pod.yaml
__PROGRAMS__
process() {
    if [ "$pod" = etcd ]; then
        etcd_process __DATA__
        return
    fi
    # The kernel keeps fifteen characters of a program's name.
    short=$(printf '%.15s' "$pod")
    for proc in /proc/[0-9]*; do
        name=
        { read -r name <"$proc/comm"; } 2>/dev/null || continue
        [ "$name" != "$short" ] || { echo "$proc"; return; }
    done
    return 1
}
# Half seconds: what is waited for is a process, gone or there.
wait_for() {
    tries=0
    until "$1"; do
        tries=$((tries + 1))
        [ "$tries" -le 240 ] || { echo "$pod $2 120 s after its manifest was changed: does the kubelet run?" >&2; exit 1; }
        sleep 0.5
    done
}
gone() { ! process >/dev/null; }
there() { process >/dev/null; }
back() { [ ! -f "$held" ] || mv -f "$held" "$file"; }
[ -f "$file" ] || back
[ -f "$file" ] || { echo "$file is not there" >&2; exit 1; }
trap back EXIT
mv -f "$file" "$held"
wait_for gone 'still runs'
back
wait_for there 'does not run'
