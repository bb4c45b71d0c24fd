#!/bin/sh
# Run by the units after a container was started: which, its monitor's process, and the OOM score that the unit cannot give it.
# Rendered by k8s-ha.
# Below the monitor runs the script, below that the program, and below keepalived its VRRP process.
set -u
child() {
    first=
    read -r first rest 2>/dev/null <"/proc/$1/task/$1/children"
    [ -n "$first" ] && echo "$first"
}
# Shields a program, and what it has started, from the kernel's OOM killer.
shield() {
    for pid in "$@" $(cat "/proc/$1/task/$1/children"); do echo "$score" >"/proc/$pid/oom_score_adj"; done 2>/dev/null || :
}
score=$3
keep() { echo "$2" >"$1.new" && mv -f "$1.new" "$1"; }
for _ in $(seq 100); do
    case $1 in
        haproxy)
            # Ready when it answers, whatever the answer is.
            main=$(child "$(child "$2")") && curl -s -o /dev/null --noproxy '*' --max-time 1 http://127.0.0.1:__HEALTH_PORT__/livez &&
                keep __HAPROXY_PID__ "$main" && shield "$main" && exit 0
            ;;
        keepalived)
            main=$(child "$(child "$2")") && vrrp=$(child "$main") &&
                keep __KEEPALIVED_PID__ "$main" && keep __VRRP_PID__ "$vrrp" && shield "$main" && exit 0
            ;;
    esac
    [ -d "/proc/$2" ] || break
    sleep 0.05
done
echo "$1 did not come up in its container" >&2
exit 1
