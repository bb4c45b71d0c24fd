import { etcdLoopback, serverNameOf, type ClusterSpec } from '../../../cluster/spec.ts';
import { quote } from '../../../core/command.ts';
import { hostPort } from '../../../core/ip.ts';
import { runDir } from '../../../node/paths.ts';
import { healthCertOf } from '../../../render/haproxy.ts';

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
  return `
k8s_write='\\n${answerMark}%{http_code}\\n'
from_kubeconfig() { sed -n "/^ *$1: /{s///p;q;}" "$2" | base64 -d; }
# The certificate that is served is shown even where it cannot be verified: asked for on a connection of its own.
api() {
    set --${cert === undefined ? '' : `\n    [ ! -r ${quote(cert)} ] || set -- --cert ${quote(cert)}`}
    for k8s_conf in ${adminConfs.join(' ')}; do
        [ -r "$k8s_conf" ] || continue
        from_kubeconfig client-certificate-data "$k8s_conf" >"$k8s_tmp/crt"
        from_kubeconfig client-key-data "$k8s_conf" >"$k8s_tmp/key"
        [ -s "$k8s_tmp/key" ] && set -- --cert "$k8s_tmp/crt" --key "$k8s_tmp/key"
        break
    done
    curl -sS --noproxy '*' --max-time ${answerSeconds} --cacert ${quote(caFile)} --connect-to ${quote(`${authority}:127.0.0.1:${port}`)} "$@" -w "$k8s_write" \\
        ${pathsAsked.map((path) => quote(`https://${authority}${path}`)).join(' ')} \\
        --next -sSk --noproxy '*' --max-time 2 -o /dev/null -w "%{certs}$k8s_write" https://127.0.0.1:${port}/livez
}
etcd_answers() {
    if [ -r ${quote(pki)}/etcd/healthcheck-client.key ]; then
        cd ${quote(pki)}/etcd && curl -sS --noproxy '*' --max-time ${answerSeconds} --cacert ca.crt --cert healthcheck-client.crt --key healthcheck-client.key \\
            -d '{}' -w "$k8s_write" ${etcdUrls('https')}
    elif [ -r ${quote(pki)}/etcd/client.key ]; then
        # RKE2 and k3s.
        cd ${quote(pki)}/etcd && curl -sS --noproxy '*' --max-time ${answerSeconds} --cacert server-ca.crt --cert client.crt --key client.key \\
            -d '{}' -w "$k8s_write" ${etcdUrls('https')}
    else
        curl -sS --noproxy '*' --max-time ${answerSeconds} -d '{}' -w "$k8s_write" ${etcdUrls('http')}
    fi
}
certificates() {
    set --
    for file in ${quote(pki)}/*.crt ${quote(pki)}/etcd/*.crt; do [ -f "$file" ] && set -- "$@" "$file"; done
    [ $# -eq 0 ] || awk 'FNR == 1 { print "${answerMark}" FILENAME } { print }' "$@"
    for file in ${kubernetesDir}/*.conf; do
        [ -f "$file" ] && echo "${answerMark}$file" && from_kubeconfig client-certificate-data "$file"
    done
    return 0
}
umask 077
emit k8s-clock date +%s%3N
emit k8s-uptime say /proc/uptime
if k8s_tmp=$(mktemp -d /run/k8s-ha-observe.XXXXXX 2>&1); then
    # Side by side: without a quorum each waits for answers that do not come.
    emit k8s-etcd etcd_answers >"$k8s_tmp/etcd" &
    emit k8s-api api
    wait
    cat "$k8s_tmp/etcd"
    rm -rf "$k8s_tmp"
else
    told k8s-api 1 "$k8s_tmp"
    told k8s-etcd 1 "$k8s_tmp"
fi
emit k8s-certificates certificates
if [ -f ${addonsStatus} ]; then emit k8s-addons say ${addonsStatus}; else emit k8s-addons test ! -f ${addonsStatus}; fi
`;
}
