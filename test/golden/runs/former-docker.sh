#!/bin/sh
# forbid the docker container lb
forbid_it() {
docker update --restart=no lb >/dev/null 2>&1
}

# stop the docker container lb
stop_it() {
docker stop lb >/dev/null
}

# quiet the docker container lb
quiet_it() {
docker kill --signal=USR1 lb >/dev/null
systemctl stop k8s-ha-end-lb.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=k8s-ha-end-lb --on-active=600 /bin/sh -c 'docker stop lb'
}

# start the docker container lb
start_it() {
if systemctl is-active --quiet k8s-ha-end-lb.timer || systemctl is-active --quiet k8s-ha-end-lb.service; then
systemctl stop k8s-ha-end-lb.timer k8s-ha-end-lb.service 2>/dev/null || :
docker stop lb >/dev/null 2>&1 || :
fi
docker start lb >/dev/null 9>&-
systemctl stop k8s-ha-end-lb.timer k8s-ha-end-lb.service 2>/dev/null || :
docker update --restart=always lb >/dev/null 2>&1
}
