import { haproxyNames } from '../../../node/haproxy.ts';
import { paths } from '../../../node/paths.ts';

/** Shell that tells this node's HAProxy to send an API server no new connections, or to send them again; fails where it does not. */
export function tellServer(node: string, state: 'drain' | 'ready'): string {
  return tell(`set server $backend/${node} state ${state}`);
}

/** Shell that has this node's HAProxy check an API server, or leave it as it found it last; fails where it does not. */
export function checkServer(node: string, does: 'enable' | 'disable'): string {
  return tell(`${does} health $backend/${node}`);
}

function tell(command: string): string {
  return `for backend in ${haproxyNames.ready} ${haproxyNames.any}; do
    answer=$(echo "${command}" | timeout 2 socat -t2 - UNIX-CONNECT:${paths.haproxySocket}) || exit 1
    [ -z "$answer" ] || { echo "$answer" >&2; exit 1; }
done`;
}
