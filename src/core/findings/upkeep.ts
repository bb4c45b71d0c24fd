import type { FindingEntries } from './entry.ts';

/** Maintenance, rollback and upgrades. */
export const upkeepFindings = {
  'nobody-else': {
    severity: 'error',
    title: 'No other node could take the VIPs over',
    why: 'Draining the node would take the API address away. So it was not drained.',
    remedy: 'Run `k8s-ha status FILE` and fix the other nodes first, then run `k8s-ha drain FILE NODE` again.',
  },
  'haproxy-not-told': {
    severity: 'error',
    title: 'A HAProxy could not be told about a drain',
    why: 'It may still send new connections to the API server of the drained node, or none to one that is back.',
    remedy: 'Check HAProxy on the node (`systemctl status k8s-ha-haproxy`), then run the same command again.',
  },
  resumed: {
    severity: 'info',
    title: 'A rollback that was killed is being finished',
    why: 'Some nodes already have the files of before, others do not: going on makes them the same.',
    remedy:
      'Let it finish. To go back to before another change, run `k8s-ha rollback FILE --to CHANGE`; `k8s-ha history FILE` lists them.',
  },
  'rollback-impossible': {
    severity: 'error',
    title: 'The nodes cannot all go back to before that change',
    why: 'A rollback of only some nodes would be a state that never existed and was never checked. Nothing was changed.',
    remedy:
      'See with `k8s-ha history FILE` which changes every node keeps, and choose one with `--to`. Otherwise change the cluster file and run `k8s-ha apply FILE`.',
  },
  'history-unknown': {
    severity: 'error',
    title: "A node's history could not be read",
    why: 'The list of changes is incomplete, and a rollback cannot be computed for that node.',
    remedy: 'Try `ssh NODE true` and fix what it reports, then run `k8s-ha history FILE` again.',
  },
  'upgrade-impossible': {
    severity: 'error',
    title: 'A node cannot get the package that was asked for',
    why: 'Nodes with different versions can have different timers. So no node was upgraded.',
    remedy:
      'On the node, see what it can install: `apt-cache policy haproxy`, `dnf list --showduplicates haproxy`, `zypper search -s haproxy` or `apk policy haproxy`, by its distribution. Name one of these with `k8s-ha upgrade FILE --package NAME --to VERSION`, or add a package source.',
  },
  'not-packages': {
    severity: 'error',
    title: 'The programs run in containers: there is no package to upgrade',
    why: '`upgrade` installs packages. With `runtime: podman` they would not be used.',
    remedy:
      'Name a newer image under `images` in the cluster file and run `k8s-ha apply FILE`: it rolls it out node by node.',
  },
  'not-as-wanted': {
    severity: 'error',
    title: 'The nodes are not in sync with the cluster file',
    why: 'If something breaks, nobody could tell whether the upgrade or the other change caused it. So nothing was upgraded.',
    remedy:
      'Run `k8s-ha apply FILE` first; it also finishes an interrupted upgrade. Then run `k8s-ha upgrade FILE` again.',
  },
  'upgrade-stopped': {
    severity: 'info',
    title: 'Some nodes still have the previous packages',
    why: 'The upgrade stopped at a node that failed, so that the others keep serving. The versions differ until it is repeated.',
    remedy: 'Fix what the other findings report, then run `k8s-ha upgrade FILE` again.',
  },
  'packages-unknown': {
    severity: 'error',
    title: 'What packages a node can install is unknown',
    why: 'Without that it is unknown which version it would get, and whether the previous one could be installed again. So nothing was upgraded.',
    remedy:
      'On the node, let its package manager read its sources (the finding names the command) and fix what it reports, then run `k8s-ha upgrade FILE` again.',
  },
  'package-kept': {
    severity: ['error', 'info'],
    title: 'What a node has installed after a failed upgrade',
    why: 'As an info, the previous packages work again. As an error, the node keeps packages with which it failed, and may not be able to hold a VIP.',
    remedy: 'Run `k8s-ha status FILE` and fix the cause, then run `k8s-ha apply FILE` and `k8s-ha upgrade FILE` again.',
  },
  'downgrade-failed': {
    severity: 'error',
    title: 'The previous packages could not be installed again',
    why: 'The node keeps packages with which it failed its gates. It may not be able to hold a VIP.',
    remedy:
      'On the node, install a version that worked: `apt-get install --allow-downgrades PACKAGE=VERSION`, `dnf downgrade PACKAGE-VERSION`, `zypper install --oldpackage PACKAGE=VERSION` or `apk add PACKAGE=VERSION`, by its distribution. Then run `k8s-ha apply FILE`.',
  },
} satisfies FindingEntries;
