#!/bin/sh
# forbid the docker container ka
forbid_it() {
:
}

# stop the docker container ka
stop_it() {
docker stop ka >/dev/null
}

# quiet the docker container ka
quiet_it() {
docker kill --signal=USR1 ka >/dev/null
systemctl stop k8s-ha-end-ka.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=k8s-ha-end-ka --on-active=600 /bin/sh -c 'docker stop ka'
}

# start the docker container ka
start_it() {
if systemctl is-active --quiet k8s-ha-end-ka.timer || systemctl is-active --quiet k8s-ha-end-ka.service; then
systemctl stop k8s-ha-end-ka.timer k8s-ha-end-ka.service 2>/dev/null || :
docker stop ka >/dev/null 2>&1 || :
fi
docker start ka >/dev/null 9>&-
systemctl stop k8s-ha-end-ka.timer k8s-ha-end-ka.service 2>/dev/null || :
}
