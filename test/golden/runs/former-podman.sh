#!/bin/sh
# forbid the podman container lb
forbid_it() {
podman update --restart=no lb >/dev/null 2>&1 || {
mkdir -p /etc/systemd/system/podman-restart.service.d
# shellcheck disable=SC2016 # systemd and its shell expand it
[ -f /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf ] || printf '%s\n' '[Service]
# k8s-ha took over from the containers that are named here. podman before 5.1 cannot change a container'\''s restart policy, and this
# unit starts all that have one when the machine has started. `k8s-ha migrate --back` takes this file away.
ExecStart=
ExecStart=/bin/sh -c '\''podman ps --all --filter restart-policy=always --format "{{.Names}}" | grep -vxF "$$(sed -n "s/^# not //p" /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf)" | xargs --no-run-if-empty podman start'\''' >/etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf
grep -qxF '# not lb' /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf || printf '%s\n' '# not lb' >>/etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf
systemctl daemon-reload
}
}

# stop the podman container lb
stop_it() {
podman stop lb >/dev/null
}

# quiet the podman container lb
quiet_it() {
if [ "$(podman inspect --format '{{.HostConfig.RestartPolicy.Name}}' lb)" = no ]; then
podman kill --signal=USR1 lb >/dev/null
systemctl stop k8s-ha-end-lb.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=k8s-ha-end-lb --on-active=600 /bin/sh -c 'podman stop lb'
else
mkdir -p /run/k8s-ha/k8s-ha-end-lb
runtime=$(podman inspect --format '{{.OCIRuntime}}' lb)
{
    [ ! -f /etc/containers/containers.conf ] || grep -qF '[engine.runtimes]' /etc/containers/containers.conf || cat /etc/containers/containers.conf
    printf '\n[engine.runtimes]\n"%s" = ["%s"]\n' "$runtime" /run/k8s-ha/k8s-ha-end-lb/runtime
} >/run/k8s-ha/k8s-ha-end-lb/containers.conf
cat >/run/k8s-ha/k8s-ha-end-lb/runtime <<K8S_HA_END
#!/bin/sh
# kill [OPTION]... ID SIGNAL
case " \$* " in
    *" kill "*" 9 " | *" kill "*" KILL ") ;;
    *" kill "*)
        left=\$#
        for word; do
            left=\$((left - 1))
            [ \$left -ne 0 ] || word=10
            shift
            set -- "\$@" "\$word"
        done
        ;;
esac
exec $(command -v "$runtime") "\$@"
K8S_HA_END
chmod 0755 /run/k8s-ha/k8s-ha-end-lb/runtime
systemd-run --quiet --collect --unit=k8s-ha-end-lb --setenv=CONTAINERS_CONF=/run/k8s-ha/k8s-ha-end-lb/containers.conf podman stop --time=600 lb
tries=0
while [ "$(podman inspect --format '{{.State.Status}}' lb)" = running ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || { echo 'podman does not stop lb: journalctl -u k8s-ha-end-lb' >&2; exit 1; }
    sleep 0.1
done
fi
}

# start the podman container lb
start_it() {
if systemctl is-active --quiet k8s-ha-end-lb.timer || systemctl is-active --quiet k8s-ha-end-lb.service; then
systemctl stop k8s-ha-end-lb.timer k8s-ha-end-lb.service 2>/dev/null || :
podman stop lb >/dev/null 2>&1 || :
fi
podman start lb >/dev/null 9>&-
systemctl stop k8s-ha-end-lb.timer k8s-ha-end-lb.service 2>/dev/null || :
podman update --restart=always lb >/dev/null 2>&1 || :
if [ -f /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf ]; then
    grep -vxF '# not lb' /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf >/etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf.new || :
    if grep -q '^# not ' /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf.new; then mv -f /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf.new /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf; else rm -f /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf.new /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf; rmdir /etc/systemd/system/podman-restart.service.d 2>/dev/null || :; fi
    systemctl daemon-reload
fi
}
