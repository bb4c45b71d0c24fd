/**
 * Everything that k8s-ha owns on a node. Nothing outside of these is ever written, so that an ingress HAProxy or another
 * keepalived on the node is never touched and `remove` can be complete.
 */
export const etcDir = '/etc/k8s-ha';

/** Sockets, pid files, levers and the lock; gone after a reboot, as they should be. */
export const runDir = '/run/k8s-ha';

/** Previous file sets, for rollback and restore. */
export const stateDir = '/var/lib/k8s-ha';

export const paths = {
  keepalivedConfig: `${etcDir}/keepalived.conf`,
  haproxyConfig: `${etcDir}/haproxy.cfg`,
  guard: `${etcDir}/guard.nft`,
  /** Opens firewalld or ufw, and says whether they are open. */
  firewall: `${etcDir}/firewall`,
  /** The key that signs adverts: keepalived.conf, which is shown, names this file alone. */
  hmacKey: `${etcDir}/vrrp.key`,
  /** Client certificate of HAProxy's health checks, with its key; in a folder of its own, which no observation and no history reads. */
  healthCert: `${etcDir}/pki/health-check.pem`,
  checkScript: `${etcDir}/check-haproxy`,
  supportScript: `${etcDir}/check-support`,
  saveStateScript: `${etcDir}/save-haproxy-state`,
  /** Ends a keepalived that hangs. */
  watchScript: `${etcDir}/watch-keepalived`,
  /** Sees HAProxy end before systemd does. */
  watchHaproxyScript: `${etcDir}/watch-haproxy`,
  tellScript: `${etcDir}/tell-clients`,
  keepScript: `${etcDir}/keep-connections`,
  haproxyUnit: '/etc/systemd/system/k8s-ha-haproxy.service',
  keepalivedUnit: '/etc/systemd/system/k8s-ha-keepalived.service',
  haproxySocket: `${runDir}/haproxy.sock`,
  /** keepalived's script tells HAProxy here which VIPs the node holds. */
  supportSocket: `${runDir}/support.sock`,
  haproxyMasterSocket: `${runDir}/haproxy-master.sock`,
  haproxyPid: `${runDir}/haproxy.pid`,
  serverState: `${runDir}/server-state`,
  keepalivedPid: `${runDir}/keepalived.pid`,
  keepalivedVrrpPid: `${runDir}/keepalived-vrrp.pid`,
  /** keepalived dumps its state here on a signal, because the unit's TMPDIR is the run folder. */
  keepalivedJson: `${runDir}/keepalived.json`,
  /** The same as text, by another signal: for a keepalived that was built without --enable-json. */
  keepalivedData: `${runDir}/keepalived.data`,
  /** Hash of the keepalived.conf that the running keepalived has read. */
  keepalivedLoaded: `${runDir}/keepalived.loaded`,
  /** Lever: non-empty and not 0 = the node gives every VIP up. Written by drain and by apply. */
  drain: `${runDir}/drain`,
  /** A maintenance drain, where a reboot does not take it; becomes the lever again when keepalived starts. */
  drainKept: `${stateDir}/drain`,
  /** Lever: 1 while HAProxy is not running. Written by HAProxy's unit, and by who sees it end before; a file of its own, so that a restart cannot undo a drain. */
  haproxyDown: `${runDir}/haproxy-down`,
  /** There while a migration has another keepalived hold the VIPs beside ours on the node. */
  beside: `${runDir}/beside`,
  lock: `${runDir}/lock`,
  history: `${stateDir}/history`,
} as const;

/** Ours in firewalld: a policy, which is one file in its own folder. */
export const firewalldPolicy = { name: 'k8s-ha', file: '/etc/firewalld/policies/k8s-ha.xml' } as const;

/** By this comment ufw's rules are ours. */
export const ufwComment = 'k8s-ha';

/** The table of nft that only lets the other nodes' adverts in: as nft names it. */
export const guardTable = 'inet k8s_ha';

/** Units of the paths on which connections go on after a planned move, by VIP: systemd runs them while there are any. */
export const movedUnits = { kept: 'k8s-ha-kept-', handedOn: 'k8s-ha-handed-on-' } as const;

/** A file for each VIP whose connections go on through this node, although another one has it: how many, and since when. */
export function keptFile(vip: string): string {
  return `${runDir}/kept-${vip}`;
}

export const units = {
  haproxy: 'k8s-ha-haproxy.service',
  keepalived: 'k8s-ha-keepalived.service',
  addons: 'k8s-ha-addons.service',
  snapshots: 'k8s-ha-etcd-snapshot.timer',
  snapshot: 'k8s-ha-etcd-snapshot.service',
  /** Transient: kubeadm, while `up` has it make a node. */
  kubeadm: 'k8s-ha-kubeadm.service',
} as const;

/** Files of `up`. */
export const kubeadmFiles = {
  /** kubeadm's configuration, until kubeadm has opened it. In memory, readable by root alone: it has secrets. */
  config: `${runDir}/kubeadm.yaml`,
  /** There while kubeadm makes a node of the machine, and where it did not end well: `init` or `join`. */
  begun: `${stateDir}/kubeadm-begun`,
} as const;

/** etcd's snapshots, and what a restore works with. `remove` leaves it: it may be all that is left of a cluster. */
export const etcdFolder = '/var/lib/k8s-ha-etcd';

export const etcdFiles = {
  snapshots: `${etcdFolder}/snapshots`,
  /** There from the beginning of a restore to its end. */
  restore: `${etcdFolder}/restore`,
  /** Which one that is. */
  restoreAbout: `${etcdFolder}/restore/about`,
  /** Which snapshot was restored last. */
  restored: `${etcdFolder}/restored`,
} as const;

/** Files by which a node takes snapshots of etcd; only where the cluster file says how often. */
export const snapshotFiles = {
  script: `${etcDir}/snapshot-etcd`,
  service: '/etc/systemd/system/k8s-ha-etcd-snapshot.service',
  timer: '/etc/systemd/system/k8s-ha-etcd-snapshot.timer',
} as const;

/** What a node remembers of an upgrade of Kubernetes. */
export const versionFiles = {
  /**
   * There from a visit's beginning to its good end: `VERSION apply FOLDER` or `VERSION node FOLDER`, then a word for each thing that
   * was done.
   */
  visit: `${stateDir}/kubernetes-visit`,
  /** SHA-256 and path of each program that we placed, as sha256sum writes them. */
  programs: `${stateDir}/kubernetes-programs`,
} as const;

/** There while a node's certificates are renewed: a line for each thing that was done. */
export const renewalFile = `${stateDir}/certificates-renewal`;

/** Where the kubelet finds the static pods of kubeadm. */
export const manifestsDir = '/etc/kubernetes/manifests';

/** Files of the add-ons; only where the cluster file names a folder of them. */
export const addonFiles = {
  script: `${etcDir}/addons`,
  reconcile: `${etcDir}/addons-reconcile.yaml`,
  ensureExists: `${etcDir}/addons-ensure-exists.yaml`,
  list: `${etcDir}/addons.list`,
  rights: `${etcDir}/addons-rights.yaml`,
  unit: '/etc/systemd/system/k8s-ha-addons.service',
} as const;

/** Units that only some clusters have. */
export const optionalUnits = [addonFiles.unit, snapshotFiles.service, snapshotFiles.timer] as const;

/** What a node remembers of the folder that it applied last: which it was, its list and its rights. */
export const addonsKept = `${stateDir}/addons`;

/** Files with a secret, or that may hold Secrets of Kubernetes: their contents are never shown. */
export function holdsSecrets(path: string): boolean {
  return [addonFiles.reconcile, addonFiles.ensureExists, paths.hmacKey, paths.healthCert].some(
    (file) => path === file || path === `${file}.k8s-ha-new`,
  );
}

/** Files of a runtime of containers. */
export const containerFiles = {
  /** The first process of a program's container. */
  run: (program: 'haproxy' | 'keepalived'): string => `${etcDir}/run-${program}`,
  pids: `${etcDir}/container-pids`,
  /** What is remembered of each image: `ID.haproxy` has the version that HAProxy in it says it is, `ID.ours` that we got it. */
  images: `${stateDir}/images`,
} as const;

/**
 * Lever of one VIP: the node gives it up, so that VIPs can be spread over the nodes. It names the address, because that is
 * what the node stands aside for, whichever VRRP instance has it before and after a change.
 */
export function yieldFile(address: string): string {
  return `${runDir}/yield-${address}`;
}

/** Where a lever of one VIP is kept over a reboot. */
export function keptLever(lever: string): string {
  return `${stateDir}/${leverName(lever)}`;
}

/** A lever's name in what was seen of a node: that of its file. */
export function leverName(lever: string): string {
  return lever.split('/').at(-1) ?? lever;
}

/** Loopback and peers ask HAProxy here whether it lives; peers see nothing else. */
export const healthPort = 7444;

/** The nodes' HAProxys tell each other here which connections they have, where clients are told of a takeover. */
export const peersPort = 7445;

/** By this name the tool's own work is told in the nodes' journals. */
export const logIdentifier = 'k8s-ha';

/** Shell that writes a line to the node's journal; never fails. */
export function logLine(quotedText: string): string {
  return `logger -t ${logIdentifier} -- ${quotedText} 2>/dev/null || :`;
}

/** Stands in rendered texts for the text's own revision. */
export const revisionMarker = '@REVISION@';
