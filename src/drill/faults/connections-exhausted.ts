import { exhaustedMs } from '../../cluster/disruption.ts';
import { hostPort } from '../../core/ip.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { paths } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

/** What the running HAProxy may have, as its file says. */
const configured = `sed -n '/^frontend ${haproxyNames.frontend}$/,/^$/s/^ *maxconn //p' ${paths.haproxyConfig}`;

/** Runs a command of HAProxy's socket, which answers with nothing where it did as told. */
function setMost(most: string): string {
  return `[ -z "$(echo "set maxconn frontend ${haproxyNames.frontend} ${most}" | timeout 2 socat -t2 - UNIX-CONNECT:${paths.haproxySocket})" ]`;
}

export const connectionsExhausted: Fault = {
  name: 'connections-exhausted',
  summary: `HAProxy on the VIP holder has as many connections as it may have, for ${exhaustedMs / 1000} s`,
  disruption: 'connections-exhausted',
  part: 'haproxy',
  // One connection that says nothing takes the only place: HAProxy would close it after 5 s.
  inject: ({ spec, node }) => ({
    shell: `most=$(${configured})
[ -n "$most" ]
timeout ${exhaustedMs / 1000 + 1} socat -u EXEC:'sleep ${exhaustedMs / 1000 + 0.5}' TCP:${hostPort(node.address, spec.endpoint.port)} >/dev/null 2>&1 </dev/null &
sleep 0.2
${setMost('1')}
{ sleep ${exhaustedMs / 1000}; ${setMost('$most')}; } >/dev/null 2>&1 </dev/null &`,
    does: [{ act: 'fill', full: true }],
  }),
  heal: () => ({
    shell: `most=$(${configured})
[ -z "$most" ] || ${setMost('$most')}`,
    does: [{ act: 'fill', full: false }],
  }),
};
