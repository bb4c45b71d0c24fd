import type { Step } from './walk.ts';

/** "Try it first" of the guide: the lab's own cluster. */
export const trial: readonly Step[] = [
  {
    shown: 'k8s-ha lab run -- k8s-ha up examples/whole-cluster.yaml --yes --merge',
    on: 'host',
    says: /every machine is a node of the cluster behind the endpoint/,
  },
  { shown: 'k8s-ha lab run -- kubectl --context whole get nodes', on: 'host', says: /^w1 +Ready/m },
];

/** From three machines to a cluster and back, as docs/guides/whole-cluster.md and snapshots-and-certificates.md show it. */
export const whole: readonly Step[] = [
  { shown: 'k8s-ha up prod.yaml --dry-run', says: /w1: join as a worker/ },
  { shown: 'k8s-ha up prod.yaml', run: 'k8s-ha up prod.yaml --yes', says: /every machine is a node of the cluster/ },
  {
    shown: 'k8s-ha kubeconfig prod.yaml --merge',
    run: 'k8s-ha kubeconfig prod.yaml --merge && kubectl --context prod get nodes && kubectl --context prod get ns from-the-folder',
    says: /^w1 +Ready/m,
  },
  { shown: 'k8s-ha status prod.yaml', run: 'k8s-ha status prod.yaml --wait', says: /^prod +served/m },
  { shown: 'k8s-ha drill prod.yaml node-lost haproxy-killed', rc: 'of a drill', says: /within the|LONGER|shorter/ },
  { shown: 'k8s-ha etcd snapshot prod.yaml --to backups', says: /copied to backups\/prod-etcd-\w+\.db/ },
  { shown: 'k8s-ha certificates prod.yaml', says: /apiserver\.crt/ },
  { shown: 'k8s-ha certificates renew prod.yaml --dry-run', says: /nothing to do/ },
  { shown: 'k8s-ha down prod.yaml --dry-run', says: /cp1/ },
  { shown: 'k8s-ha down prod.yaml', run: 'k8s-ha down prod.yaml --yes --confirm prod', says: /^prod: /m },
];
