import type { FindingEntries } from './entry.ts';

/** The lock, rollouts, and nodes that join or leave. */
export const rolloutFindings = {
  locked: {
    severity: 'error',
    title: 'Another operator works on this cluster',
    why: 'Two changes at once would undo each other, or leave a VIP without a holder.',
    remedy:
      'Wait, or ask the person whom the message names. If that run is surely dead, run the command again with `--break-lock`.',
  },
  'lock-failed': {
    severity: 'error',
    title: 'The lock cannot be taken on a node',
    why: 'Without the lock on every node somebody else could change the cluster at the same time, so nothing was started.',
    remedy: 'Try `ssh NODE true` and `df /run` on the node, fix what they report, and run the command again.',
  },
  interrupted: {
    severity: 'error',
    title: 'The command was stopped before it finished',
    why: 'It stopped at a safe point, but some nodes may have the new configuration and others the previous one.',
    remedy: 'Run the same command again: it continues where it stopped. `k8s-ha plan FILE` shows what is left to do.',
  },
  'install-failed': {
    severity: 'error',
    title: 'A package could not be installed',
    why: 'The node lacks a program that it needs, so the rollout stopped before it changed the configuration.',
    remedy:
      'On the node, install haproxy and keepalived with its package manager (apt-get, dnf, zypper, apk), fix what that reports, and run the command again.',
  },
  'image-failed': {
    severity: 'error',
    title: 'A container image could not be pulled, built or run',
    why: 'HAProxy or keepalived could not start from it, so the rollout stopped before it changed the configuration.',
    remedy:
      'On the node, try `podman pull IMAGE`, or load an image with `podman load`. Then run `k8s-ha apply FILE` again.',
  },
  'health-certificate-not-issued': {
    severity: 'error',
    title: 'A node could not sign the client certificate of health checks',
    why: 'The node keeps the certificate that it had, or has none yet. The rollout stopped before it changed the configuration.',
    remedy:
      'Read what openssl said in the message: the CA and its key have to belong together (`apiServer.clientCaFile`, `apiServer.clientCaKeyFile`), and the API servers have to know clients by that CA (`--client-ca-file`). Or give a certificate of your own by `apiServer.healthCertFile`.',
  },
  'stage-failed': {
    severity: 'error',
    title: 'New files could not be copied to a node',
    why: 'Nothing was changed on any node. The cluster keeps its previous configuration.',
    remedy: 'Check the disk and the login of the node (`ssh NODE df -h /etc /var`), then run the command again.',
  },
  'refused-by-node': {
    severity: 'error',
    title: "A node's own keepalived or HAProxy refuses the new configuration",
    why: 'The program would not have started with it. Nothing was changed.',
    remedy:
      'Read the line that the message quotes. If `haproxy.extra` or `keepalived.extra` is set, look there first; then run `k8s-ha plan FILE`.',
  },
  'drain-failed': {
    severity: 'error',
    title: 'The VIPs could not be moved off a node',
    why: 'The node still holds its VIPs, and was not changed.',
    remedy: 'Run `k8s-ha status FILE`. Check the login of the node with `ssh NODE true`, then run the command again.',
  },
  'undrain-failed': {
    severity: 'error',
    title: 'A drain could not be ended',
    why: 'The node stays without VIPs, so that there is one node less to fail over to.',
    remedy: 'Run `k8s-ha undrain FILE NODE`. By hand on the node: `echo 0 > /run/k8s-ha/drain`.',
  },
  'activation-failed': {
    severity: 'error',
    title: 'A node could not start the new configuration',
    why: 'The rollout stopped and tried to restore the previous files on this node. Nodes before it keep the new ones.',
    remedy:
      'On the node: `journalctl -u k8s-ha-haproxy -u k8s-ha-keepalived -n 50`. Fix the cause, then run `k8s-ha apply FILE`.',
  },
  'gate-failed': {
    severity: 'error',
    title: 'The cluster did not reach the expected state in time',
    why: 'The command stops here, because going on without it could leave a VIP without a holder. A node that was just changed gets its previous files back.',
    remedy:
      'Run `k8s-ha status FILE`, and on the node `journalctl -u k8s-ha-haproxy -u k8s-ha-keepalived -n 50`. Fix the cause and run the command again.',
  },
  restored: {
    severity: 'info',
    title: 'A node has its previous configuration again',
    why: 'A step failed on it and was taken back. Nodes that were changed before it keep the new configuration, so the nodes differ until the next run.',
    remedy: 'Fix what the other findings report, then run the same command again.',
  },
  'restore-failed': {
    severity: 'error',
    title: 'The previous configuration could not be restored on a node',
    why: 'The node may run nothing, or new files that failed their checks. It may not be able to hold a VIP.',
    remedy:
      'Run `k8s-ha status FILE`. As soon as the node answers, `k8s-ha apply FILE` or `k8s-ha rollback FILE` makes all nodes the same again.',
  },
  'stand-by-failed': {
    severity: 'error',
    title: 'A node that stood aside could not return to standby',
    why: 'It takes no VIP, so that there is one node less to fail over to.',
    remedy:
      'Check the login with `ssh NODE true`, then run `k8s-ha apply FILE`: it finishes the change and ends the standing aside.',
  },
  'stands-aside': {
    severity: 'warning',
    title: 'A node takes no VIP because the others still use the old router ids',
    why: 'With new router ids it cannot hear the present holders, and would hold a VIP beside them. Until the change is finished, fewer nodes can take over.',
    remedy: 'Fix what stopped the rollout, then run `k8s-ha apply FILE` again.',
  },
  'spread-failed': {
    severity: 'error',
    title: 'A VIP could not be handed to its preferred node',
    why: 'The VIP still has a holder, but not the preferred one, or the previous holder is not ready for it yet.',
    remedy: 'Run `k8s-ha status FILE` to see who holds it, then `k8s-ha spread FILE`.',
  },
  'retire-failed': {
    severity: 'error',
    title: 'A node that leaves could not be stopped',
    why: 'If the others forgot it while it runs, it would hear nobody and take every VIP. So the rollout stopped before that.',
    remedy: 'On the node: `systemctl disable --now k8s-ha-keepalived`. Then run `k8s-ha apply FILE` again.',
  },
  'remove-failed': {
    severity: 'error',
    title: 'k8s-ha could not be removed from a node',
    why: 'Some units or files are still there. A keepalived that still runs could take a VIP that you use elsewhere.',
    remedy:
      'Run the same command again; what is already removed stays removed. By hand on the node: `systemctl disable --now k8s-ha-keepalived k8s-ha-haproxy`.',
  },
  'unknown-node': {
    severity: 'error',
    title: '--without names a node that the cluster does not have',
    why: 'A misspelt name would leave out nobody, and the rollout would wait for the machine that you meant.',
    remedy: 'Use a name or address from `nodes` in the cluster file, or one that `k8s-ha plan FILE` lists as leaving.',
  },
  'leaver-unreachable': {
    severity: 'error',
    title: 'A node that leaves cannot be asked to stop',
    why: 'If it runs after the others have forgotten it, it hears nobody and takes every VIP.',
    remedy: 'Fix the connection to it. If that machine is off for good: `k8s-ha apply FILE --without NODE`.',
  },
  'left-behind': {
    severity: ['error', 'warning'],
    title: 'Something of k8s-ha stays on a machine that left',
    why: 'If that machine starts keepalived again, it hears nobody and takes every VIP.',
    remedy:
      'Keep the machine off the network until `systemctl disable --now k8s-ha-keepalived` ran on it. If it answers, run `k8s-ha remove` for it again.',
  },
  'too-much-at-once': {
    severity: 'error',
    title: 'Nodes leave and router ids change in one rollout',
    why: 'Either change alone is safe. Both together have a moment in which two nodes can hold one VIP.',
    remedy:
      'Take the nodes out of the cluster file first and run `k8s-ha apply FILE`; then make the other change and apply again.',
  },
  'left-out-runs': {
    severity: 'error',
    title: 'A node was excluded with --without, but it responds and runs keepalived',
    why: 'With other files than the other nodes it could take a VIP that they hold.',
    remedy:
      'Run `k8s-ha apply FILE` without `--without`, or stop keepalived on it first: `systemctl disable --now k8s-ha-keepalived`.',
  },
  'left-out': {
    severity: 'warning',
    title: 'A node was excluded and keeps its previous files',
    why: 'When it comes back with them it may not hear the other nodes, and hold a VIP beside them.',
    remedy: 'Run `k8s-ha apply FILE` as soon as it is back, before it serves.',
  },
} satisfies FindingEntries;
