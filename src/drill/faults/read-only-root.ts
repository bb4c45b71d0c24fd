import { burden, faultFile } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** The folders that this fault has made read-only. */
const list = faultFile('read-only-root');

const stage = faultFile('read-only-root-view');

/**
 * What programs and operators write on the root file system. Left out are the folders of etcd, the kubelet and container runtimes:
 * they keep files open for writing, and have mounts of their own below them.
 */
const folders = '/etc /usr /opt /boot /home /root /srv /var/lib/k8s-ha /var/log /var/tmp';

/** Those of them that are on the root file system, with nothing mounted there or below. */
const chosen = `for dir in ${folders}; do
    [ -d "$dir" ] && [ ! -L "$dir" ] && [ "$(stat -c %d "$dir")" = "$(stat -c %d /)" ] || continue
    cut -d' ' -f5 /proc/self/mountinfo | grep -qE "^$dir(/|$)" || echo "$dir"
done`;

export const readOnlyRoot: Fault = {
  name: 'read-only-root',
  summary: 'the system of the VIP holder is read-only: what is opened for writing there is refused',
  disruption: 'read-only-root',
  part: 'resources',
  lastsMs: 3000,
  available:
    () => `[ -n "$(${chosen})" ] || { echo 'none of its folders can be made read-only: each is, or has below it, a mount of its own'; exit 1; }
[ "$(id -u)" = 0 ] || { echo 'only root can mount'; exit 1; }`,
  // A read-only view is mounted over each: files that are open stay as they are, which a remount of the root would be refused for.
  // By way of another place, because services with mounts of their own get a copy of the view as it is when it is mounted.
  inject: () => ({
    shell: `${chosen} >${list}
mkdir -p ${stage}
while read -r dir; do
    mount --bind "$dir" ${stage}
    mount --make-private ${stage}
    mount -o remount,bind,ro ${stage}
    mount --bind ${stage} "$dir"
    umount ${stage}
done <${list}`,
    does: [burden('read-only', true)],
  }),
  // Also where a program that started meanwhile runs from there: lazily. Nothing was mounted there before.
  heal: () => ({
    shell: `[ ! -f ${list} ] || {
    ! mountpoint -q ${stage} || umount -l ${stage} || exit 1
    while read -r dir; do ! mountpoint -q "$dir" || umount -l "$dir" || exit 1; done <${list}
    rmdir ${stage} 2>/dev/null
    rm -f ${list}
}`,
    does: [burden('read-only', false)],
  }),
};
