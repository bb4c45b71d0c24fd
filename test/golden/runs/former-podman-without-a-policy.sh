#!/bin/sh
# forbid the podman container ka
forbid_it() {
:
}

# stop the podman container ka
stop_it() {
podman stop ka >/dev/null
}

# quiet the podman container ka
quiet_it() {
podman kill --signal=USR1 ka >/dev/null
systemctl stop k8s-ha-end-ka.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=k8s-ha-end-ka --on-active=600 /bin/sh -c 'podman stop ka'
}

# start the podman container ka
start_it() {
if systemctl is-active --quiet k8s-ha-end-ka.timer || systemctl is-active --quiet k8s-ha-end-ka.service; then
systemctl stop k8s-ha-end-ka.timer k8s-ha-end-ka.service 2>/dev/null || :
podman stop ka >/dev/null 2>&1 || :
fi
podman start ka >/dev/null 9>&-
systemctl stop k8s-ha-end-ka.timer k8s-ha-end-ka.service 2>/dev/null || :
}
