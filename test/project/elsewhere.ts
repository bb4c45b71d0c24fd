/** Why a command that a page shows is not part of the walk (walk.ts): a test runs it, or what it needs is not in a lab. */
export type Elsewhere =
  /** A test file that runs it, with names of its own. */
  | { readonly by: string }
  /** What it needs; no test runs it as it stands. */
  | { readonly needs: string };

const kubelet = { needs: 'machines without Kubernetes; `k8s-ha up` runs the same (test/e2e/kubernetes-whole.test.ts)' };
const guide = { by: 'test/e2e/kubernetes-guide.test.ts' };
const life = { by: 'test/e2e/kubernetes-life.test.ts' };
const certificates = { by: 'test/e2e/kubernetes-certificates.test.ts' };
const clone = { needs: 'a clean clone, and minutes: run by hand before a release' };
const packages = { by: 'test/cli/packages.real.test.ts' };
const migration = { by: 'test/e2e/migrate.test.ts' };
const upgrade = { by: 'test/e2e/upgrade.test.ts' };
const kubernetes = { by: 'test/e2e/kubernetes-upgrade.test.ts' };
const lab = { by: 'test/e2e/lab.test.ts' };

export const elsewhere: Readonly<Record<string, Elsewhere>> = {
  'git clone <this repository> k8s-ha && cd k8s-ha': clone,
  './bin/demo': clone,
  './bin/demo --keep': clone,
  './bin/test': { needs: 'itself: this is part of it' },
  'npm ci': clone,
  'npm ci && scripts/package.sh out': packages,
  'scripts/package.sh out': packages,
  'WITH_NODE=1 scripts/package.sh out': clone,
  '(cd out && sha256sum -c SHA256SUMS)': packages,
  'cd out && sha256sum -c SHA256SUMS': packages,
  'npm install --global ./out/k8s-ha-0.1.0.tgz': packages,
  'kubeadm init --upload-certs --config init.yaml': kubelet,
  'ssh cp1 kubeadm init --upload-certs --config /root/init.yaml': kubelet,
  'ssh cp2 kubeadm join --config /root/join.yaml': kubelet,
  'k8s-ha drill prod.yaml --all --runs 10 --report drills': { by: 'test/e2e/drill.test.ts' },
  "k8s-ha drill prod.yaml node-lost --power-off 'ipmitool -H {node}-bmc -U admin -f ~/.ipmi power off' --power-on 'ipmitool -H {node}-bmc -U admin -f ~/.ipmi power on'":
    { needs: "machines with a management board; the walk's drills take power by a command of the lab" },
  'k8s-ha drill staging.yaml --random --for 2h --seed 7 --kubeconfig admin.conf': { by: 'test/e2e/drill.test.ts' },
  'k8s-ha drill prod.yaml --all --vip fd17:216::100': { by: 'test/e2e/families.test.ts' },
  'k8s-ha lab up': lab,
  'k8s-ha lab up --kubernetes': { by: 'test/e2e/kubernetes-walk.test.ts' },
  'k8s-ha lab up --kubeadm --workers 1': guide,
  'k8s-ha upgrade kubernetes 1.36.3 prod.yaml --from /mnt/kubernetes --replace-programs --dry-run': kubernetes,
  'k8s-ha upgrade kubernetes 1.36.3 prod.yaml --from /mnt/kubernetes --replace-programs': kubernetes,
  'k8s-ha lab up --kubeadm 1.35 --workers 1': kubernetes,
  'k8s-ha lab run -- k8s-ha upgrade kubernetes 1.36.3 examples/whole-cluster.yaml --from /opt/k8s-ha-lab/next --replace-programs --yes':
    kubernetes,
  'k8s-ha etcd restore prod.yaml --snapshot backups/prod-etcd-20261129T031500Z.db': life,
  'k8s-ha etcd restore prod.yaml --snapshot cp2:latest': life,
  'k8s-ha certificates renew prod.yaml': certificates,
  'k8s-ha lab ssh cp1': { needs: 'a terminal' },
  'k8s-ha lab down': lab,
  'k8s-ha migrate prod.yaml --dry-run': migration,
  'k8s-ha migrate prod.yaml': migration,
  'k8s-ha migrate prod.yaml --back': migration,
  'k8s-ha upgrade prod.yaml --package haproxy --to 2.6.12-1+deb12u2': upgrade,
  'k8s-ha upgrade prod.yaml --plan "$hash"': upgrade,
};
