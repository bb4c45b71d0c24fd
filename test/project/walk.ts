/** A command that a page shows, as the walk through README and guides runs it (test/e2e/kubernetes-walk.test.ts). */
export interface Step {
  /** As the page shows it, without comments. */
  readonly shown: string;
  /** What is run in its place: with the answer to a question, a limit of time, or names of this run. */
  readonly run?: string;
  /** Where: the operator's machine is the default; a node; or the machine that has the lab. */
  readonly on?: 'cp1' | 'host';
  /** Exit code; 0 by default. A drill's verdict is not held against a machine that others work on: it may be 1. */
  readonly rc?: number | 'of a drill';
  /** What it prints, to either stream. */
  readonly says?: RegExp;
}

/** Verbs that ask before they change something: the walk has no terminal. */
const asking = /^k8s-ha (?:apply|drill|rollback|spread|upgrade|remove)\b(?!.*--(?:list|dry-run|yes))/;

/** The command of a step with the answers to its questions. */
export function commandOf({ shown, run }: Step): string {
  return run ?? (asking.test(shown) ? `${shown} --yes` : shown);
}

const looking: readonly Step[] = [
  { shown: 'k8s-ha --version', says: /^\d+\.\d+\.\d+$/m },
  { shown: 'k8s-ha check examples/tutorial.yaml', says: /no problems found/ },
  { shown: 'k8s-ha check prod.yaml', says: /no problems found/ },
  { shown: 'k8s-ha check clusters/*.yaml', says: /clusters\/staging\.yaml/ },
  { shown: 'k8s-ha explain vip-taken', says: /vip-taken/ },
  { shown: 'k8s-ha predict prod.yaml', says: /node-lost +286–449 ms/ },
  { shown: 'k8s-ha check prod.yaml --live', says: /cp3/ },
  { shown: 'k8s-ha check --live prod.yaml', says: /cp3/ },
  { shown: 'k8s-ha drill prod.yaml --list', says: /etcd-quorum-lost +no upper bound +WRITES; reads cached/ },
  { shown: 'source <(k8s-ha completion bash)' },
  { shown: 'k8s-ha completion zsh > "${fpath[1]}/_k8s-ha"', run: 'k8s-ha completion zsh', says: /#compdef k8s-ha/ },
  {
    shown: 'k8s-ha completion fish > ~/.config/fish/completions/k8s-ha.fish',
    run: 'mkdir -p ~/.config/fish/completions && k8s-ha completion fish > ~/.config/fish/completions/k8s-ha.fish',
  },
];

const applying: readonly Step[] = [
  { shown: 'k8s-ha lab run -- k8s-ha apply examples/tutorial.yaml --yes', on: 'host' },
  { shown: 'k8s-ha plan prod.yaml', says: /cp1/ },
  { shown: 'k8s-ha apply prod.yaml', says: /cp1/ },
  { shown: 'k8s-ha apply prod.yaml', says: /nothing to do/i },
  { shown: 'k8s-ha lab run -- curl -sk https://172.16.100.100:7443/version', on: 'host', says: /gitVersion/ },
  { shown: 'k8s-ha lab run -- kubectl get leases -n kube-system', on: 'host', says: /kube-scheduler/ },
  { shown: 'k8s-ha lab ssh cp1 journalctl -u k8s-ha-keepalived -n 20', on: 'host', says: /Keepalived/ },
  { shown: 'k8s-ha lab status', on: 'host', says: /cp3 .* on +yes/ },
  { shown: 'k8s-ha status prod.yaml', says: /^prod +served/m },
];

const importing: readonly Step[] = [
  {
    shown: 'k8s-ha import /etc/keepalived/keepalived.conf /etc/haproxy/haproxy.cfg',
    run: `for node in cp1 cp2 cp3; do
  mkdir -p nodes/$node && scp $node:/etc/k8s-ha/keepalived.conf $node:/etc/k8s-ha/haproxy.cfg nodes/$node/ || exit
done
cp -r nodes/cp1 a && cp -r nodes/cp2 b && cp -r nodes/cp3 c
k8s-ha import a/keepalived.conf a/haproxy.cfg`,
    says: /virtualIPs/,
  },
  { shown: 'k8s-ha import ./nodes --out prod.yaml', run: 'k8s-ha import ./nodes --out imported.yaml' },
  { shown: 'k8s-ha import cp1=./a cp2=./b cp3=./c', says: /name: cp3/ },
  {
    shown: 'k8s-ha import --from ssh://root@cp1,cp2,cp3 --out prod.yaml',
    run: 'k8s-ha import --from ssh://root@cp1,cp2,cp3 --out read.yaml && k8s-ha check read.yaml',
    says: /read\.yaml: 3 nodes/,
  },
  { shown: 'k8s-ha check ./nodes' },
];

const kubernetes: readonly Step[] = [
  { shown: 'k8s-ha kubeadm prod.yaml > init.yaml' },
  { shown: 'k8s-ha kubeadm prod.yaml --node cp1 >init.yaml' },
  { shown: 'k8s-ha kubeadm prod.yaml --node cp1 --limit-anonymous >init.yaml' },
  { shown: 'scp init.yaml cp1:/root/' },
  { shown: 'k8s-ha kubeadm prod.yaml --authentication >authentication.yaml' },
  {
    shown: 'for node in cp1 cp2 cp3; do scp authentication.yaml $node:/etc/kubernetes/k8s-ha-authentication.yaml; done',
  },
  { shown: 'k8s-ha kubeadm prod.yaml --join --node cp2', says: /<TOKEN: kubeadm token create>/ },
  {
    shown: `ssh cp1 'kubeadm token create --print-join-command --certificate-key $(kubeadm init phase upload-certs --upload-certs --config /root/init.yaml | tail -n 1)' |
    k8s-ha kubeadm prod.yaml --join --node cp2 --join-command-file - --out join.yaml`,
  },
  { shown: 'scp join.yaml cp2:/root/ && rm join.yaml' },
  {
    shown: "kubectl -n kube-system get cm kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' >existing.yaml",
  },
  {
    shown: `for node in cp1 cp2 cp3; do
    k8s-ha kubeadm prod.yaml --node $node --existing existing.yaml >kubeadm-$node.yaml &&
        scp kubeadm-$node.yaml $node:/root/kubeadm.yaml &&
        ssh $node 'mkdir -p /root/old-pki &&
            mv /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key /root/old-pki/ &&
            kubeadm init phase certs apiserver --config /root/kubeadm.yaml' || break
done`,
    says: /Generating "apiserver" certificate/,
  },
  { shown: 'ssh cp1 kubeadm init phase control-plane apiserver --config /root/kubeadm.yaml' },
  { shown: 'ssh cp1 kubeadm init phase upload-config kubeadm --config /root/kubeadm.yaml' },
  { shown: 'k8s-ha kubeconfig prod.yaml --out admin.conf' },
  {
    shown: 'k8s-ha kubeconfig prod.yaml --merge',
    run: 'k8s-ha kubeconfig prod.yaml --merge && kubectl --context prod get ns',
    says: /kube-system/,
  },
];

const watching: readonly Step[] = [
  { shown: 'k8s-ha events prod.yaml --since 2h', says: /cp1/ },
  {
    shown: 'k8s-ha events prod.yaml --follow --webhook-file hook.txt',
    run: 'timeout --preserve-status -s INT 15 k8s-ha events prod.yaml --follow --webhook-file hook.txt',
  },
  {
    shown: `k8s-ha events prod.yaml --follow --on-event 'jq -r .text | mail -s "Kubernetes API" root'`,
    run: `timeout --preserve-status -s INT 15 k8s-ha events prod.yaml --follow --on-event 'jq -r .text | mail -s "Kubernetes API" root'`,
  },
  {
    shown: 'k8s-ha ui prod.yaml staging.yaml --reports drills',
    run: 'timeout --preserve-status -s INT 5 k8s-ha ui prod.yaml staging.yaml --reports drills',
    says: /http:\/\/127\.0\.0\.1:\d+\//,
  },
  { shown: 'k8s-ha spread prod.yaml', says: /prod: / },
];

const changing: readonly Step[] = [
  { shown: 'k8s-ha drain prod.yaml cp2 --reason "new disk"' },
  { shown: 'ssh cp2 reboot', run: 'ssh cp2 reboot; sleep 20; until ssh cp2 true; do sleep 1; done' },
  // It is drained: exit code 1 tells that redundancy is less.
  { shown: 'k8s-ha status prod.yaml', rc: 1, says: /new disk/ },
  { shown: 'k8s-ha undrain prod.yaml cp2' },
  {
    shown: 'k8s-ha plan prod.yaml --diff',
    run: 'sed -i "s/^name:.*/&\\nfailover: { target: 1s }/" prod.yaml && k8s-ha plan prod.yaml --diff',
    says: /advert_int/,
  },
  { shown: 'k8s-ha plan prod.yaml -o json >plan.json' },
  { shown: 'k8s-ha apply prod.yaml --plan "$(jq -r .hash plan.json)"' },
  { shown: 'k8s-ha history prod.yaml', says: /\d{8}T\d{6}Z/ },
  { shown: 'k8s-ha rollback prod.yaml' },
  {
    shown: 'k8s-ha rollback prod.yaml --to 20261124T231503Z',
    run: `k8s-ha rollback prod.yaml --yes --to "$(k8s-ha history prod.yaml | grep -o '[0-9]\\{8\\}T[0-9]\\{6\\}Z' | head -n 1)"`,
  },
  {
    shown: 'k8s-ha apply prod.yaml --watch --yes',
    run: 'timeout --preserve-status -s INT 20 k8s-ha apply prod.yaml --watch --yes',
  },
  {
    shown: 'k8s-ha apply prod.yaml --watch --yes --every 1m -o json',
    run: 'timeout --preserve-status -s INT 20 k8s-ha apply prod.yaml --watch --yes --every 1m -o json',
    says: /^\{/m,
  },
  { shown: 'k8s-ha upgrade prod.yaml' },
];

const onTheNode: readonly Step[] = [
  { shown: 'ip -brief address show to 172.16.100.100', on: 'cp1' },
  { shown: 'journalctl -u k8s-ha-keepalived -u k8s-ha-haproxy -n 100', on: 'cp1', says: /haproxy/ },
  { shown: 'curl -s localhost:7444/livez', on: 'cp1' },
  { shown: 'curl -s localhost:7444/readyz', on: 'cp1' },
  { shown: "echo 'show stat -1 4 -1' | socat - /run/k8s-ha/haproxy.sock | cut -d, -f1,2,18", on: 'cp1', says: /,UP$/m },
  { shown: "echo '1 maintenance' > /run/k8s-ha/drain", on: 'cp1' },
  { shown: 'echo 0 > /run/k8s-ha/drain', on: 'cp1' },
];

const breaking: readonly Step[] = [
  { shown: 'k8s-ha drill prod.yaml haproxy-killed --dry-run', says: /haproxy-killed/ },
  {
    shown: 'k8s-ha drill prod.yaml haproxy-killed --kubeconfig admin.conf',
    rc: 'of a drill',
    says: /haproxy-killed +cp\d/,
  },
  {
    shown: 'k8s-ha drill prod.yaml haproxy-killed --kubeconfig admin.conf --report drills',
    rc: 'of a drill',
    says: /haproxy-killed +cp\d/,
  },
  {
    shown: 'k8s-ha drill prod.yaml keepalived-stopped+api-server-hung',
    rc: 'of a drill',
    says: /within the|LONGER|shorter/,
  },
  { shown: 'k8s-ha drill prod.yaml node-lost --retries 2', rc: 'of a drill', says: /node-lost +cp\d/ },
  { shown: 'k8s-ha drill prod.yaml node-lost haproxy-killed', rc: 'of a drill', says: /within the|LONGER|shorter/ },
  {
    shown: 'k8s-ha lab run -- k8s-ha drill examples/tutorial.yaml node-lost --yes',
    on: 'host',
    rc: 'of a drill',
    says: /node-lost +cp\d/,
  },
  { shown: 'k8s-ha lab power off cp1', on: 'host', says: /cp1 is off/ },
];

const leaving: readonly Step[] = [
  { shown: 'k8s-ha remove prod.yaml', run: 'k8s-ha lab power on cp1; k8s-ha remove prod.yaml --yes' },
  { shown: 'k8s-ha remove prod.yaml --packages' },
];

/** Every command that the walk runs, in its order, as a reader would who follows the pages. */
export const walk: readonly Step[] = [
  ...looking,
  ...applying,
  ...importing,
  ...kubernetes,
  ...watching,
  ...changing,
  ...onTheNode,
  ...breaking,
  ...leaving,
];
