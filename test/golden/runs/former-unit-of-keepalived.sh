#!/bin/sh
# forbid keepalived.service
forbid_it() {
systemctl disable --quiet keepalived.service 2>/dev/null || :
}

# stop keepalived.service
stop_it() {
systemctl stop keepalived.service
}

# quiet keepalived.service
quiet_it() {
mkdir -p /run/systemd/system/keepalived.service.d
printf '[Service]\nRestart=no\n' >/run/systemd/system/keepalived.service.d/k8s-ha-migrate.conf
systemctl daemon-reload
pid=$(systemctl show -P MainPID keepalived.service)
[ "${pid:-0}" -eq 0 ] || kill -USR1 "$pid"
systemctl stop k8s-ha-end-keepalived.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=k8s-ha-end-keepalived --on-active=600 /bin/sh -c 'systemctl stop keepalived.service; rm -f /run/systemd/system/keepalived.service.d/k8s-ha-migrate.conf; systemctl daemon-reload'
}

# start keepalived.service
start_it() {
systemctl stop k8s-ha-end-keepalived.timer k8s-ha-end-keepalived.service 2>/dev/null || :
if [ -e /run/systemd/system/keepalived.service.d/k8s-ha-migrate.conf ] || ! systemctl is-active --quiet keepalived.service; then
    rm -f /run/systemd/system/keepalived.service.d/k8s-ha-migrate.conf; systemctl daemon-reload; systemctl restart keepalived.service
fi
}
