import type { FindingEntries } from './entry.ts';

/** Taking over from a keepalived and HAProxy of your own, and giving back. */
export const migrateFindings = {
  'migrate-unknown': {
    severity: 'error',
    title: 'What else runs on a node is unknown',
    why: 'A keepalived that was not seen could hold a VIP beside the one of k8s-ha. Nothing was changed.',
    remedy: 'Try `ssh NODE true` and fix what the message reports, then run `k8s-ha migrate FILE` again.',
  },
  'migrate-stray-process': {
    severity: 'error',
    title: 'A keepalived or HAProxy runs that nothing known has started',
    why: 'It could not be stopped for good, and not be started again by `--back`.',
    remedy:
      'On the node, find who started it: `systemctl status PID`. Run it as a systemd unit or stop it, then run `k8s-ha migrate FILE` again.',
  },
  'migrate-one-pod': {
    severity: 'error',
    title: 'keepalived and HAProxy share one pod',
    why: 'They must be stopped one after the other so that clients notice nothing, but a pod ends as a whole.',
    remedy:
      'Split the manifest under /etc/kubernetes/manifests into one for each program, then run `k8s-ha migrate FILE` again.',
  },
  'migrate-unit-runs-container': {
    severity: 'error',
    title: 'A systemd unit runs the container',
    why: 'Stopping the container would end the unit, which starts it again: two HAProxys or keepaliveds would compete.',
    remedy:
      'Run the container without the unit while you migrate (the message has the command), then run `k8s-ha migrate FILE` again.',
  },
  'migrate-other-vips': {
    severity: 'error',
    title: 'The present keepalived also holds addresses that the cluster file does not name',
    why: 'It is stopped by the migration, and these addresses would be gone.',
    remedy:
      'Add them to `endpoint.virtualIPs`, or move their instances to `keepalived.extra` or to a keepalived of their own. Then run `k8s-ha migrate FILE` again.',
  },
  'migrate-haproxy-stays': {
    severity: 'info',
    title: 'A HAProxy serves other ports only and keeps running',
    why: 'It does not serve the API, so the migration leaves it alone. It can stay for ever.',
    remedy:
      'Nothing is needed. If it should serve the API, compare its `bind` lines with `endpoint.port` in the cluster file.',
  },
  'migrate-page-ends': {
    severity: 'info',
    title: 'A statistics page ends with the HAProxy that is replaced',
    why: 'Monitoring that reads the page gets no answer after the migration.',
    remedy: 'Point monitoring to `k8s-ha exporter FILE`; for a look by hand use `k8s-ha status FILE`.',
  },
  'migrate-haproxy-shared': {
    severity: 'error',
    title: 'One HAProxy serves the API and something else',
    why: 'Stopping it would also stop what else it serves, and two programs cannot share the port for long.',
    remedy:
      'Move the frontend of the API into a haproxy.cfg and a service of its own, or move the others. Then run `k8s-ha migrate FILE` again.',
  },
  'migrate-unknown-holder': {
    severity: 'error',
    title: 'A node has a VIP that no known keepalived put there',
    why: 'Whatever put it there would put it back, beside the holder that k8s-ha elects.',
    remedy:
      'On the node, find the source (kube-vip, a script, netplan), stop it, and remove the address: `ip address del VIP/32 dev INTERFACE`. Then run `k8s-ha apply FILE`.',
  },
  'migrate-step-failed': {
    severity: 'error',
    title: 'A step of the migration failed on a node',
    why: 'The migration stopped. Each VIP keeps one holder: the previous keepalived or the one of k8s-ha.',
    remedy:
      'Fix what the message reports and run `k8s-ha migrate FILE` again, or go back with `k8s-ha migrate FILE --back`.',
  },
  'nothing-to-migrate': {
    severity: 'error',
    title: 'There is nothing to take over or to give back to',
    why: 'No node runs another keepalived or HAProxy, or none remembers one. Nothing was changed.',
    remedy:
      'To set up or update use `k8s-ha apply FILE`; to undo a change `k8s-ha rollback FILE`; to take k8s-ha off the nodes `k8s-ha remove FILE`.',
  },
} satisfies FindingEntries;
