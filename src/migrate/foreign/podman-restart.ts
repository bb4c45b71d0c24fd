import { quote } from '../../core/command.ts';

const dir = '/etc/systemd/system/podman-restart.service.d';
const dropIn = `${dir}/k8s-ha-migrate.conf`;

/** Each line `# not NAME` is a container that the unit leaves alone. */
const content = `[Service]
# k8s-ha took over from the containers that are named here. podman before 5.1 cannot change a container's restart policy, and this
# unit starts all that have one when the machine has started. \`k8s-ha migrate --back\` takes this file away.
ExecStart=
ExecStart=/bin/sh -c 'podman ps --all --filter restart-policy=always --format "{{.Names}}" | grep -vxF "$$(sed -n "s/^# not //p" ${dropIn})" | xargs --no-run-if-empty podman start'`;

function entry(id: string): string {
  return `# not ${id}`;
}

export { dropIn as leftAloneFile };

/** Containers that the machine's start leaves alone, by what is in the file. */
export function leftAlone(text: string): readonly string[] {
  return [...text.matchAll(/^# not (.+)$/gm)].map(([, name = '']) => name);
}

/** The machine's start leaves the container alone. */
export function bootNoMore(id: string): string {
  return `mkdir -p ${dir}
# shellcheck disable=SC2016 # systemd and its shell expand it
[ -f ${dropIn} ] || printf '%s\\n' ${quote(content)} >${dropIn}
grep -qxF ${quote(entry(id))} ${dropIn} || printf '%s\\n' ${quote(entry(id))} >>${dropIn}
systemctl daemon-reload`;
}

/** The machine's start starts the container again, as its policy says. */
export function bootAgain(id: string): string {
  return `if [ -f ${dropIn} ]; then
    grep -vxF ${quote(entry(id))} ${dropIn} >${dropIn}.new || :
    if grep -q '^# not ' ${dropIn}.new; then mv -f ${dropIn}.new ${dropIn}; else rm -f ${dropIn}.new ${dropIn}; rmdir ${dir} 2>/dev/null || :; fi
    systemctl daemon-reload
fi`;
}
