#!/bin/sh
# forbid the static pod lb.yaml
forbid_it() {
:
}

# stop the static pod lb.yaml
stop_it() {
mkdir -p /var/lib/k8s-ha/manifests
[ ! -f /etc/kubernetes/manifests/lb.yaml ] || mv -f /etc/kubernetes/manifests/lb.yaml /var/lib/k8s-ha/manifests/lb.yaml
}

# quiet the static pod lb.yaml
quiet_it() {
mkdir -p /var/lib/k8s-ha/manifests
[ ! -f /etc/kubernetes/manifests/lb.yaml ] || mv -f /etc/kubernetes/manifests/lb.yaml /var/lib/k8s-ha/manifests/lb.yaml
}

# start the static pod lb.yaml
start_it() {
[ ! -f /var/lib/k8s-ha/manifests/lb.yaml ] || mv -f /var/lib/k8s-ha/manifests/lb.yaml /etc/kubernetes/manifests/lb.yaml
}
