import type { ClusterSpec } from '../../../cluster/spec.ts';
import { quote, type Command } from '../../../core/command.ts';
import { paths } from '../../../node/paths.ts';
import { guarded } from './guarded.ts';

/** As long as kubeadm's certificates are good. */
const validDays = 365;

/**
 * Its name in the API servers' audit log. It is in no group but `system:authenticated`, which may read health and version
 * (ClusterRoles system:public-info-viewer and system:discovery) and nothing else.
 */
const commonName = 'k8s-ha-health';

/**
 * The node makes a key and has the cluster's CA, whose key a control-plane node of kubeadm has, sign a client certificate for it.
 * Neither key leaves the node or stands in an argument. Certificate and key are one file, as HAProxy's `crt` takes them, that is
 * replaced in one step: what runs is never without one, nor with one that the API server refuses. The serial number is given, so that no file appears beside the CA.
 */
export function certificateCommand({ apiServer }: ClusterSpec, token: string): Command {
  const folder = paths.healthCert.replace(/\/[^/]*$/, '');
  const [ca, key] = [quote(apiServer.clientCaFile), quote(apiServer.clientCaKeyFile)];
  return guarded(
    'issue the client certificate of health checks',
    token,
    { kind: 'issue-certificate', path: paths.healthCert },
    `umask 077
mkdir -p ${folder}
chmod 0700 ${folder}
rm -rf ${folder}/.new.*
new=$(mktemp -d ${folder}/.new.XXXXXX)
trap 'rm -rf "$new"' EXIT
openssl ecparam -name prime256v1 -genkey -noout -out "$new/key"
openssl req -new -key "$new/key" -subj /CN=${commonName} -out "$new/csr"
printf '%s\\n' 'basicConstraints = critical, CA:FALSE' 'keyUsage = critical, digitalSignature' 'extendedKeyUsage = clientAuth' >"$new/extensions"
openssl x509 -req -in "$new/csr" -CA ${ca} -CAkey ${key} -set_serial "0x$(openssl rand -hex 16)" -days ${validDays} -sha256 -extfile "$new/extensions" -out "$new/crt" 2>"$new/said" || { cat "$new/said" >&2; exit 1; }
openssl verify -CAfile ${ca} -purpose sslclient "$new/crt" >/dev/null
cat "$new/crt" "$new/key" >"$new/pem"
# What its own API server refuses, where one runs, takes the place of nothing.
code=$(curl -sk --noproxy '*' --max-time 3 --cert "$new/pem" -o /dev/null -w '%{http_code}' ${quote(`https://127.0.0.1:${apiServer.port}${apiServer.healthPath}`)}) || :
[ "$code" != 401 ] || { echo ${quote(`the API server answers 401 to a certificate that ${apiServer.clientCaFile} signed`)} >&2; exit 1; }
sync "$new/pem"
mv -f "$new/pem" ${paths.healthCert}`,
  );
}
