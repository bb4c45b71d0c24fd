import { quote } from '../../core/command.ts';
import { runDir } from '../../node/paths.ts';
import { quietSeconds } from './foreign.ts';

/**
 * Lets the HAProxy in a container of podman end when its connections have, and the container with it, for good. A container
 * that ends by itself is started anew by its restart policy, which podman before 5.1 cannot change; one that podman stops is
 * not. But podman stops by the image's signal, which is HAProxy's to end at once where the image says none: so podman is given,
 * for this stop alone, an OCI runtime that sends SIGUSR1 in its place.
 *
 * @param unit runs podman's stop, which waits as long, and can be called off
 */
export function stopGently(id: string, unit: string): string {
  const dir = `${runDir}/${unit}`;
  const own = '/etc/containers/containers.conf';
  return `mkdir -p ${dir}
runtime=$(podman inspect --format '{{.OCIRuntime}}' ${quote(id)})
{
    [ ! -f ${own} ] || grep -qF '[engine.runtimes]' ${own} || cat ${own}
    printf '\\n[engine.runtimes]\\n"%s" = ["%s"]\\n' "$runtime" ${dir}/runtime
} >${dir}/containers.conf
cat >${dir}/runtime <<K8S_HA_END
#!/bin/sh
# kill [OPTION]... ID SIGNAL
case " \\$* " in
    *" kill "*" 9 " | *" kill "*" KILL ") ;;
    *" kill "*)
        left=\\$#
        for word; do
            left=\\$((left - 1))
            [ \\$left -ne 0 ] || word=10
            shift
            set -- "\\$@" "\\$word"
        done
        ;;
esac
exec $(command -v "$runtime") "\\$@"
K8S_HA_END
chmod 0755 ${dir}/runtime
systemd-run --quiet --collect --unit=${unit} --setenv=CONTAINERS_CONF=${dir}/containers.conf podman stop --time=${quietSeconds} ${quote(id)}
tries=0
while [ "$(podman inspect --format '{{.State.Status}}' ${quote(id)})" = running ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || { echo ${quote(`podman does not stop ${id}: journalctl -u ${unit}`)} >&2; exit 1; }
    sleep 0.1
done`;
}
