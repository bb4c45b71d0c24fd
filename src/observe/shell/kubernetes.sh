
k8s_write='\n__ANSWER_MARK__%{http_code}\n'
from_kubeconfig() { sed -n "/^ *$1: /{s///p;q;}" "$2" | base64 -d; }
# The certificate that is served is shown even where it cannot be verified: asked for on a connection of its own.
api() {
    set --__OWN_CERTIFICATE__
    for k8s_conf in __ADMIN_CONFS__; do
        [ -r "$k8s_conf" ] || continue
        from_kubeconfig client-certificate-data "$k8s_conf" >"$k8s_tmp/crt"
        from_kubeconfig client-key-data "$k8s_conf" >"$k8s_tmp/key"
        [ -s "$k8s_tmp/key" ] && set -- --cert "$k8s_tmp/crt" --key "$k8s_tmp/key"
        break
    done
    curl -sS --noproxy '*' --max-time __ANSWER_SECONDS__ --cacert __CA_FILE__ --connect-to __CONNECT_TO__ "$@" -w "$k8s_write" \
        __API_URLS__ \
        --next -sSk --noproxy '*' --max-time 2 -o /dev/null -w "%{certs}$k8s_write" https://127.0.0.1:__PORT__/livez
}
etcd_answers() {
    if [ -r __PKI__/etcd/healthcheck-client.key ]; then
        cd __PKI__/etcd && curl -sS --noproxy '*' --max-time __ANSWER_SECONDS__ --cacert ca.crt --cert healthcheck-client.crt --key healthcheck-client.key \
            -d '{}' -w "$k8s_write" __ETCD_URLS__
    elif [ -r __PKI__/etcd/client.key ]; then
        # RKE2 and k3s.
        cd __PKI__/etcd && curl -sS --noproxy '*' --max-time __ANSWER_SECONDS__ --cacert server-ca.crt --cert client.crt --key client.key \
            -d '{}' -w "$k8s_write" __ETCD_URLS__
    else
        curl -sS --noproxy '*' --max-time __ANSWER_SECONDS__ -d '{}' -w "$k8s_write" __ETCD_URLS_PLAIN__
    fi
}
certificates() {
    set --
    for file in __PKI__/*.crt __PKI__/etcd/*.crt; do [ -f "$file" ] && set -- "$@" "$file"; done
    [ $# -eq 0 ] || awk 'FNR == 1 { print "__ANSWER_MARK__" FILENAME } { print }' "$@"
    for file in __KUBERNETES_DIR__/*.conf; do
        [ -f "$file" ] && echo "__ANSWER_MARK__$file" && from_kubeconfig client-certificate-data "$file"
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
__UNFINISHED__
emit k8s-unfinished unfinished
# The newest, by its name.
k8s_snapshot=
for file in __SNAPSHOTS__/etcd-*.db; do [ ! -f "$file" ] || k8s_snapshot=$file; done
told k8s-snapshot 0 "$k8s_snapshot"
if [ -f __ADDONS_STATUS__ ]; then emit k8s-addons say __ADDONS_STATUS__; else emit k8s-addons test ! -f __ADDONS_STATUS__; fi
