import { quote } from '../../core/command.ts';
import { filled } from '../../core/shell-text.ts';
import { runDir } from '../../node/paths.ts';
import { quietSeconds } from './foreign.ts';
import * as programs from '../shell/programs.ts';

/**
 * Lets the HAProxy in a container of podman end when its connections have, and the container with it, for good. A container
 * that ends by itself is started again by its restart policy, which podman before 5.1 cannot change; one that podman stops is
 * not. But podman stops by the image's signal, which is HAProxy's to end at once where the image says none: so podman is given,
 * for this stop alone, an OCI runtime that sends SIGUSR1 in its place.
 *
 * @param unit runs podman's stop, which waits as long, and can be called off
 */
export function stopGently(id: string, unit: string): string {
  const dir = `${runDir}/${unit}`;
  const own = '/etc/containers/containers.conf';
  return filled(programs.stopGently, {
    DIR: dir,
    ID: quote(id),
    CONTAINERS_CONF: own,
    UNIT: unit,
    QUIET_SECONDS: quietSeconds,
    NOT_STOPPED: quote(`podman does not stop ${id}: journalctl -u ${unit}`),
  });
}
