#!/bin/sh
# cp1: take the lock
command_1() {
mkdir -p -m 0755 /run/k8s-ha || exit 2
exec 8>/run/k8s-ha/lock.guard
flock -w 10 8 || exit 2

if (set -C; printf '%s\n' '{"token":"TOKEN","owner":"ada","machine":"laptop","process":{},"action":{"verb":"apply"},"blocks":["add-ons"],"since":0}' >/run/k8s-ha/lock) 2>/dev/null; then logger -t k8s-ha -- 'apply by ada on laptop begins' 2>/dev/null || :; exit 0; fi
cat /run/k8s-ha/lock; exit 1
}

# cp2: issue the client certificate of health checks
command_2() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
umask 077
mkdir -p /etc/k8s-ha/pki
chmod 0700 /etc/k8s-ha/pki
rm -rf /etc/k8s-ha/pki/.new.*
new=$(mktemp -d /etc/k8s-ha/pki/.new.XXXXXX)
trap 'rm -rf "$new"' EXIT
openssl ecparam -name prime256v1 -genkey -noout -out "$new/key"
openssl req -new -key "$new/key" -subj /CN=k8s-ha-health -out "$new/csr"
printf '%s\n' 'basicConstraints = critical, CA:FALSE' 'keyUsage = critical, digitalSignature' 'extendedKeyUsage = clientAuth' >"$new/extensions"
openssl x509 -req -in "$new/csr" -CA /etc/kubernetes/pki/ca.crt -CAkey /etc/kubernetes/pki/ca.key -set_serial "0x$(openssl rand -hex 16)" -days 365 -sha256 -extfile "$new/extensions" -out "$new/crt" 2>"$new/said" || { cat "$new/said" >&2; exit 1; }
openssl verify -CAfile /etc/kubernetes/pki/ca.crt -purpose sslclient "$new/crt" >/dev/null
cat "$new/crt" "$new/key" >"$new/pem"
# What its own API server refuses, where one runs, takes the place of nothing.
code=$(curl -sk --noproxy '*' --max-time 3 --cert "$new/pem" -o /dev/null -w '%{http_code}' https://127.0.0.1:6443/readyz) || :
[ "$code" != 401 ] || { echo 'the API server answers 401 to a certificate that /etc/kubernetes/pki/ca.crt signed' >&2; exit 1; }
sync "$new/pem"
mv -f "$new/pem" /etc/k8s-ha/pki/health-check.pem
}

# cp1: release the lock
command_3() {
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null && rm -f /run/k8s-ha/lock && { logger -t k8s-ha -- 'apply by ada on laptop ends' 2>/dev/null || :; }; exit 0
}
