mkdir -p __DIR__
runtime=$(podman inspect --format '{{.OCIRuntime}}' __ID__)
{
    [ ! -f __CONTAINERS_CONF__ ] || grep -qF '[engine.runtimes]' __CONTAINERS_CONF__ || cat __CONTAINERS_CONF__
    printf '\n[engine.runtimes]\n"%s" = ["%s"]\n' "$runtime" __DIR__/runtime
} >__DIR__/containers.conf
cat >__DIR__/runtime <<K8S_HA_END
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
chmod 0755 __DIR__/runtime
systemd-run --quiet --collect --unit=__UNIT__ --setenv=CONTAINERS_CONF=__DIR__/containers.conf podman stop --time=__QUIET_SECONDS__ __ID__
tries=0
while [ "$(podman inspect --format '{{.State.Status}}' __ID__)" = running ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || { echo __NOT_STOPPED__ >&2; exit 1; }
    sleep 0.1
done