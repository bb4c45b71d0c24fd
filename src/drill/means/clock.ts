import { faultFile, type Acts } from '../acts.ts';

/**
 * What both clocks said before: the wall clock, and the one that counts since the machine was started. By them the right time is
 * known however often the wall clock was set.
 */
const before = faultFile('clock');

/** Shell that says why the wall clock of this machine cannot be set, and ends with 1. */
export const maySetClock = `! systemd-detect-virt --quiet --container || { echo 'it is a container: its clock is that of its host, and of all that runs there'; exit 1; }
[ $((0x$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status) >> 25 & 1)) = 1 ] || { echo 'root may not set the clock here'; exit 1; }
command -v awk >/dev/null || { echo 'awk is not installed'; exit 1; }`;

/** Shell that says which certificate is not valid so many seconds ago or so many ahead, and ends with 1. */
export function holdCertificates(files: readonly string[], port: number, seconds: number): string {
  return `holds() {
    found=$(openssl x509 2>/dev/null) || { echo "openssl does not say for how long $1 is valid"; return 1; }
    began=$(printf '%s\\n' "$found" | openssl x509 -noout -startdate)
    [ $(($(date +%s) - $(date -d "\${began#*=}" +%s))) -gt ${seconds} ] || { echo "$1 has been valid for less than an hour: it would be refused"; return 1; }
    printf '%s\\n' "$found" | openssl x509 -noout -checkend ${seconds} >/dev/null || { echo "$1 ends within the hour: it would be refused"; return 1; }
}
for file in ${files.join(' ')}; do
    [ ! -f "$file" ] || holds "$file" <"$file" || exit 1
done
openssl s_client -connect 127.0.0.1:${port} </dev/null 2>/dev/null | holds "the certificate of the node's API server" || exit 1`;
}

const setFunction = `set_clock() {
    read -r wall up <${before} || return
    date -s "@$(LC_ALL=C awk -v wall="$wall" -v up="$up" -v ahead="$1" '{ printf "%.3f", wall + $1 - up + ahead }' /proc/uptime)" >/dev/null
}`;

/** They would set the clock right, or give up because it was set. */
const services = 'chrony chronyd systemd-timesyncd ntp ntpd ntpsec openntpd';

function signalServices(signal: 'STOP' | 'CONT'): string {
  return `for service in ${services}; do systemctl kill -s ${signal} --kill-who=all $service 2>/dev/null || true; done`;
}

/** From so many milliseconds after on, the wall clock is so far ahead of the right time. */
export interface ClockStep {
  readonly afterMs: number;
  readonly aheadMs: number;
}

/** Notes what the clocks say, and keeps time services from correcting them. */
export const noteClock = `read -r up _ </proc/uptime
echo "$(date +%s.%N) $up" >${before}.new && mv -f ${before}.new ${before}
${signalServices('STOP')}`;

/** Shell that sets the clock in these steps, and then to the right time. */
export function stepClock(steps: readonly ClockStep[], lastsMs: number): string {
  const ends = [...steps.slice(1).map(({ afterMs }) => afterMs), lastsMs];
  return `${setFunction}
${steps.map(({ afterMs, aheadMs }, i) => `set_clock ${aheadMs / 1000} && sleep ${((ends[i] ?? lastsMs) - afterMs) / 1000}`).join('\n')}
${rightClock.shell}`;
}

/** Sets the clock to the right time, unless that was done. */
export const rightClock: Acts = {
  shell: `if [ -f ${before} ]; then
    ${setFunction.replaceAll('\n', '\n    ')}
    set_clock 0 || exit 1
    ${signalServices('CONT')}
    rm -f ${before}
fi`,
  does: [{ act: 'clock', steps: [] }],
};
