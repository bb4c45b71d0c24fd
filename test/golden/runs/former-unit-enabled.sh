#!/bin/sh
# forbid haproxy.service
forbid_it() {
systemctl disable --quiet haproxy.service 2>/dev/null || :
}

# stop haproxy.service
stop_it() {
systemctl stop haproxy.service
}

# quiet haproxy.service
quiet_it() {
mkdir -p /run/systemd/system/haproxy.service.d
printf '[Service]\nRestart=no\n' >/run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf
systemctl daemon-reload
pid=$(systemctl show -P MainPID haproxy.service)
[ "${pid:-0}" -eq 0 ] || kill -USR1 "$pid"
systemctl stop k8s-ha-end-haproxy.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=k8s-ha-end-haproxy --on-active=600 /bin/sh -c 'systemctl stop haproxy.service; rm -f /run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf; systemctl daemon-reload'
}

# start haproxy.service
start_it() {
systemctl stop k8s-ha-end-haproxy.timer k8s-ha-end-haproxy.service 2>/dev/null || :
if [ -e /run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf ] || ! systemctl is-active --quiet haproxy.service; then
    rm -f /run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf; systemctl daemon-reload; systemctl restart haproxy.service
fi
systemctl enable --quiet haproxy.service 2>/dev/null
}
