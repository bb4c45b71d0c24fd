#!/bin/sh
# watch-haproxy    beside keepalived, as long as its unit runs: has it give the VIPs up as soon as HAProxy has ended.
# Rendered by k8s-ha. A connection to HAProxy's socket ends with HAProxy. Its unit does the same when systemd has seen the end, which
# waits for a processor.
export LC_ALL=C OPENSSL_CONF=/dev/null
listened='' pulled=''
# Only a refusal says that nobody listens: a socat that could not be run says something else.
refused() {
    case $(socat -u OPEN:/dev/null UNIX-CONNECT:__SOCKET__ 2>&1) in
        *refused*) return 0 ;;
        *) return 1 ;;
    esac
}
ended() {
    [ -z "$listened" ] || { echo 1 >__DOWN__ && pulled=1; }
    listened=''
}
# HAProxy's unit clears the lever when it has started. Where it was pulled later than that, it would stay.
right() {
    sleep 1
    systemctl --quiet is-active __UNIT__ || return
    read -r lever <__DOWN__ && [ "$lever" = 0 ] || echo 0 >__DOWN__
    pulled=''
}
while sleep 0.1; do
    ! refused || { ended; continue; }
    [ -S __SOCKET__ ] || continue
    listened=1
    [ -z "$pulled" ] || right || continue
    # Until HAProxy's worker ends, is replaced, or says nothing for long. Its master listens until it has seen the end too.
    socat -u -T 10 UNIX-CONNECT:__SOCKET__ OPEN:/dev/null 2>/dev/null
    for _ in 1 2 3 4 5; do
        ! refused || { ended; break; }
        sleep 0.01
    done
done
