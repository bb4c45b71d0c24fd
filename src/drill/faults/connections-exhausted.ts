import { exhaustedMs } from '../../cluster/disruption.ts';
import { hostPort } from '../../core/ip.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { paths } from '../../node/paths.ts';
import { faultFile } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** Says that HAProxy still takes one connection alone. */
const full = faultFile('connections-exhausted');

/** HAProxy takes one connection and no other. It answers with nothing where it did as told. */
const onlyOne = `[ -z "$(echo "set maxconn frontend ${haproxyNames.frontend} 1" | timeout 2 socat -t2 - UNIX-CONNECT:${paths.haproxySocket})" ]`;

/**
 * The next process has what its file says, and takes over those that wait. Telling the running one to take more would be shorter,
 * but HAProxy 2.6 then waits for a lock that it has itself, until its watchdog ends it. Without the unit, which takes half a second
 * for the same with a file that it looks at again: this is the one that runs.
 */
const asConfigured = `{ [ ! -x ${paths.saveStateScript} ] || ${paths.saveStateScript}; kill -USR2 "$(cat ${paths.haproxyPid})"; }`;

export const connectionsExhausted: Fault = {
  name: 'connections-exhausted',
  summary: `HAProxy on the VIP holder has as many connections as it may have, for ${exhaustedMs / 1000} s`,
  disruption: 'connections-exhausted',
  part: 'haproxy',
  // One connection that says nothing takes the only place: HAProxy would close it after 5 s.
  inject: ({ spec, node }) => ({
    shell: `timeout ${exhaustedMs / 1000 + 1} socat -u EXEC:'sleep ${exhaustedMs / 1000 + 0.5}' TCP:${hostPort(node.address, spec.endpoint.port)} >/dev/null 2>&1 </dev/null &
sleep 0.2
touch ${full}
${onlyOne}
{ sleep ${exhaustedMs / 1000}; ${asConfigured} && rm -f ${full}; } >/dev/null 2>&1 </dev/null &`,
    does: [{ act: 'fill', full: true }],
  }),
  heal: () => ({
    shell: `[ ! -f ${full} ] || { ${asConfigured} && rm -f ${full}; }`,
    does: [{ act: 'fill', full: false }],
  }),
};
