#!/bin/sh
# Run by k8s-ha-haproxy.service before each reload. Rendered by k8s-ha.
state=$(echo 'show servers state' | timeout 2 socat -t2 - UNIX-CONNECT:__SOCKET__) || exit 0
case $state in
    1*) printf '%s\n' "$state" >__STATE__.new && mv -f __STATE__.new __STATE__ ;;
esac
exit 0
