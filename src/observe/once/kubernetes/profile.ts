/**
 * Where clusters keep what checks of their API servers need, where kubeadm's places are not theirs: the program's own arguments
 * say it (kubeadm, RKE2, units by hand), and the folder of one that has none (k3s is one program).
 */

const usualCa = '/etc/kubernetes/pki/ca.crt';

/** Folders of the certificates that RKE2 and k3s make: `server-ca.crt` signs servers, `client-ca.crt` clients. */
const rancherFolders = ['/var/lib/rancher/rke2/server/tls', '/var/lib/rancher/k3s/server/tls'];

const flagsRead = ['anonymous-auth', 'client-ca-file', 'secure-port', 'advertise-address'];

/** Shell: arguments of the API server that runs, whoever runs it; and what it answers to somebody without credentials. */
export const profileSections = `api_flags() {
    for k8s_proc in /proc/[0-9]*; do
        k8s_name=
        { read -r k8s_name <"$k8s_proc/comm"; } 2>/dev/null
        [ "$k8s_name" = kube-apiserver ] || continue
        tr '\\0' '\\n' <"$k8s_proc/cmdline" | sed -nE '/^--(${flagsRead.join('|')})=/p'
        return 0
    done
    return 1
}
k8s_flags=$(api_flags) && told api-flags 0 "$k8s_flags"
for k8s_folder in ${rancherFolders.join(' ')}; do
    [ -f "$k8s_folder/client-ca.crt" ] && told rancher 0 "$k8s_folder" && break
done
k8s_port=$(printf '%s\\n' "$k8s_flags" | sed -n 's/^--secure-port=//p')
emit anonymous curl -sk --noproxy '*' --max-time 2 -o /dev/null -w '%{http_code}' "https://127.0.0.1:\${k8s_port:-6443}/readyz"
`;

/** A path that the cluster file takes (cluster/file/parts.ts). */
const pathForm = /^\/[\w./+~@-]{1,255}$/;

/**
 * What the cluster file must say under `apiServer`, by key; empty for kubeadm's places.
 * @param flag of the API server, by its name
 */
export function profileOf(
  flag: (name: string) => string | undefined,
  section: (name: string) => { readonly rc: number; readonly text: string } | undefined,
): Readonly<Record<string, string>> {
  const folder = rancherFolders.find((one) => one === section('rancher')?.text.trim());
  const clients = folder === undefined ? flag('client-ca-file') : `${folder}/client-ca.crt`;
  const servers = clients?.replace(/\/client-ca\.crt$/, '/server-ca.crt');
  const known = [servers, clients].every((path) => path !== undefined && pathForm.test(path));
  const answer = section('anonymous')?.text.trim();
  return {
    ...(known && servers !== undefined && servers !== usualCa && { caFile: servers }),
    ...(known && clients !== undefined && clients !== servers && { clientCaFile: clients }),
    ...((flag('anonymous-auth') === 'false' || answer === '401') && { healthAuth: 'certificate' }),
  };
}
