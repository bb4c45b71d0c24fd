import { etcdLoopback, serverNameOf, type ClusterSpec } from '../../../cluster/spec.ts';
import { quote } from '../../../core/command.ts';
import { hostPort } from '../../../core/ip.ts';
import { filled } from '../../../core/shell-text.ts';
import { etcdFiles, runDir } from '../../../node/paths.ts';
import { healthCertOf } from '../../../render/servers.ts';
import * as programs from '../../shell/programs.ts';
import { unfinishedHelper } from './unfinished.ts';

/** kubeadm's folder; its files are there on a control-plane node that kubeadm made. */
const kubernetesDir = '/etc/kubernetes';

/** An administrator's kubeconfigs, with certificate and key in them, as kubeadm, RKE2 and k3s write them. */
const adminConfs = [`${kubernetesDir}/admin.conf`, '/etc/rancher/rke2/rke2.yaml', '/etc/rancher/k3s/k3s.yaml'];

/** Where the add-on unit says what it did. */
export const addonsStatus = `${runDir}/addons.json`;

/** Stands between the answers of one curl. JSON has no line that begins so. */
export const answerMark = '@@';

/** After them comes the certificate that is served. */
export const pathsAsked = [
  '/version',
  '/readyz?verbose',
  '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?limit=200',
] as const;

/** For each answer, in seconds: above the two that an API server waits for its etcd before it says that it is not ready. */
const answerSeconds = 2.5;

const etcdAsked = ['maintenance/status', 'cluster/member/list', 'maintenance/alarm'] as const;

/**
 * Shell that adds what only `status` needs to the observation: one connection to the node's own API server, one to its etcd
 * member. Credentials are an administrator's, taken from the node and left there; without them it asks as the health checks do,
 * which may be as nobody.
 */
export function kubernetesSections(spec: ClusterSpec): string {
  const { port, caFile } = spec.apiServer;
  const etcdPort = spec.etcd.clientPort;
  const pki = caFile.replace(/\/[^/]*$/, '');
  const cert = healthCertOf(spec);
  // A certificate without names is for the VIP, as clients use it.
  const host = serverNameOf(spec) ?? spec.endpoint.virtualIPs[0]?.address ?? 'kubernetes';
  const authority = hostPort(host, port);
  const etcdUrls = (scheme: string): string =>
    etcdAsked.map((path) => quote(`${scheme}://${etcdLoopback(spec)}:${etcdPort}/v3/${path}`)).join(' ');
  return filled(programs.kubernetes, {
    ANSWER_MARK: answerMark,
    OWN_CERTIFICATE: cert === undefined ? '' : `\n    [ ! -r ${quote(cert)} ] || set -- --cert ${quote(cert)}`,
    ADMIN_CONFS: adminConfs.join(' '),
    ANSWER_SECONDS: answerSeconds,
    CA_FILE: quote(caFile),
    CONNECT_TO: quote(`${authority}:127.0.0.1:${port}`),
    API_URLS: pathsAsked.map((path) => quote(`https://${authority}${path}`)).join(' '),
    PORT: port,
    PKI: quote(pki),
    ETCD_URLS: etcdUrls('https'),
    ETCD_URLS_PLAIN: etcdUrls('http'),
    KUBERNETES_DIR: kubernetesDir,
    ADDONS_STATUS: addonsStatus,
    SNAPSHOTS: etcdFiles.snapshots,
    UNFINISHED: unfinishedHelper,
  });
}
