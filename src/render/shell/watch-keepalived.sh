#!/bin/sh
# watch-keepalived    beside keepalived, as long as its unit runs: takes the VIPs off where it ends without a word, or hangs.
# Rendered by k8s-ha. keepalived runs at least once a second, for its scripts. One that did not run from look to look, and did not
# wait for a processor at any of them, is stopped or blocked. On a busy machine it waits for a processor: that is no reason.
looks=0
seen=
watched=
# While a migration has another keepalived beside this one, they are that one's.
off() { [ -e __BESIDE__ ] || { __VIPS_OFF__; } 2>/dev/null; }
# Its unit does the same when systemd has seen the end, which takes half a second on a busy machine. A tail that knows no --pid leaves
# it to the unit.
ends() { tail -f -s 0.05 --pid="$1" /dev/null 2>/dev/null && off; }
while sleep __LOOK_SECONDS__; do
    vrrp='' main='' ran='' state=''
    {
        read -r vrrp <__VRRP_PID__
        read -r main <__PID__
        read -r ran rest <"/proc/$vrrp/schedstat"
        read -r rest rest state rest <"/proc/$vrrp/stat"
    } 2>/dev/null
    [ -z "$ran" ] || [ "$vrrp" = "$watched" ] || {
        watched=$vrrp
        ends "$vrrp" &
    }
    if [ -z "$ran" ] || [ -z "$state" ] || [ "$state" = R ] || [ "$vrrp $ran" != "$seen" ]; then
        looks=0
        seen="$vrrp $ran"
        continue
    fi
    looks=$((looks + 1))
    [ "$looks" -ge __LOOKS__ ] || continue
    echo "keepalived hangs (state $state, for $looks looks): its VIPs are taken off, and it is ended"
    off
    # The VRRP process first: it says goodbye when it sees its parent die.
    kill -KILL "$vrrp" "$main"
    looks=0
done
