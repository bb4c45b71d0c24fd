#!/bin/sh
# check-support VIP    run by keepalived: does this node hold the VIP, and may it? Exit 0 keeps it, 1 gives it up.
# Rendered by k8s-ha. HAProxy knows who refuses this node; where it does not answer, check-haproxy decides.
# OpenSSL, which socat starts with, need not read its configuration: nothing here is encrypted.
export PATH="$PATH:/usr/sbin:/sbin" OPENSSL_CONF=/dev/null
ask() {
    holds=0
    [ -z "$(ip -o address show dev __DEV__ to "$vip" 2>/dev/null)" ] || holds=1
    answer=$(socat -t__ANSWER_SECONDS__ - UNIX-CONNECT:__SOCKET__ 2>/dev/null <<K8S_HA_END
GET /support/$vip?holds=$holds HTTP/1.0

K8S_HA_END
    )
}
vip=$1
ask
# Where an instance changes its state, keepalived says more. A run that began before may yet tell HAProxy what was: it is told again.
[ $# -eq 1 ] || { sleep 0.2; ask; }
case $answer in 'HTTP/1.'?' 503'*) exit 1 ;; esac
exit 0
