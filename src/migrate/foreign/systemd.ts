import { quote } from '../../core/command.ts';
import { callOff, endLater, unitWord, type ForeignKind, type Former, type Program } from './foreign.ts';

function dropIn(unit: string): string {
  return `/run/systemd/system/${unit}.d/k8s-ha-migrate.conf`;
}

function timer(unit: string): string {
  return `k8s-ha-end-${unitWord(unit).replace(/\.service$/, '')}`;
}

/** Units in which other things run that somebody started: stopping one would stop them all, or shut the door. */
const hosts =
  /^(docker|containerd|podman|podman-restart|kubelet|crio|ssh|sshd|cron|crond|atd|rc-local|getty@.*|user@.*)\.service$/;

/** The unit of a process, by its control group: `/system.slice/keepalived.service`. */
function unitOf(cgroup: string): string | undefined {
  const unit = /\/([^/]+\.service)$/.exec(cgroup)?.[1];
  return unit === undefined || unit.startsWith('k8s-ha-') || hosts.test(unit) ? undefined : unit;
}

const usual: readonly (readonly [string, Program])[] = [
  ['keepalived.service', 'keepalived'],
  ['haproxy.service', 'haproxy'],
];

function property(text: string, name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
}

/** Units of systemd: Debian's own, and whatever unit a keepalived or haproxy was found in. */
export const systemdUnits: ForeignKind = {
  runners: ['systemd'],
  look: `for unit in keepalived.service haproxy.service $(cat /proc/[0-9]*/cgroup 2>/dev/null | grep -oE '[^/]+\\.service$' | grep -iE 'keepalived|haproxy' | grep -v '^k8s-ha-' | sort -u); do
    emit "unit:$unit" systemctl show -p LoadState -p ActiveState -p UnitFileState "$unit"
done`,
  find: (sections, processes) => {
    const programs = new Map(usual);
    for (const { cgroup, program } of processes) {
      const unit = unitOf(cgroup);
      if (unit !== undefined) programs.set(unit, program);
    }
    return [...programs].flatMap(([id, program]): Former[] => {
      const text = sections.get(`unit:${id}`)?.text ?? '';
      const active = ['active', 'reloading', 'activating', 'deactivating'].includes(property(text, 'ActiveState'));
      const restart = property(text, 'UnitFileState') === 'enabled' ? 'enabled' : '';
      const there = active || (property(text, 'LoadState') === 'loaded' && restart !== '');
      return there ? [{ runner: 'systemd', programs: [program], id, active, restart }] : [];
    });
  },
  owns: ({ id }, { cgroup }) => unitOf(cgroup) === id,
  forbid: ({ id }) => [`systemctl disable --quiet ${quote(id)} 2>/dev/null || :`],
  stop: ({ id }) => [`systemctl stop ${quote(id)}`],
  quiet: ({ id }) => [
    // It ends well, and its unit would start it again.
    `mkdir -p ${quote(`/run/systemd/system/${id}.d`)}`,
    `printf '[Service]\\nRestart=no\\n' >${quote(dropIn(id))}`,
    'systemctl daemon-reload',
    `pid=$(systemctl show -P MainPID ${quote(id)})`,
    '[ "${pid:-0}" -eq 0 ] || kill -USR1 "$pid"',
    endLater(timer(id), `systemctl stop ${quote(id)}; rm -f ${quote(dropIn(id))}; systemctl daemon-reload`),
  ],
  start: ({ id, active, restart }) => [
    callOff(timer(id)),
    ...(active
      ? [
          // One that ends, but has not ended yet, is begun again.
          `if [ -e ${quote(dropIn(id))} ] || ! systemctl is-active --quiet ${quote(id)}; then`,
          `    rm -f ${quote(dropIn(id))}; systemctl daemon-reload; systemctl restart ${quote(id)}`,
          'fi',
        ]
      : []),
    ...(restart === '' ? [] : [`systemctl enable --quiet ${quote(id)} 2>/dev/null`]),
  ],
  summary: ({ id }) => id,
};
