# The process of the member with this data folder: kubeadm's, and not another etcd of the machine.
etcd_process() {
    for k8s_proc in /proc/[0-9]*; do
        k8s_name=
        { read -r k8s_name <"$k8s_proc/comm"; } 2>/dev/null
        [ "$k8s_name" = etcd ] || continue
        tr '\0' '\n' <"$k8s_proc/cmdline" 2>/dev/null | grep -qxF -- "--data-dir=$1" && echo "$k8s_proc" && return
    done
    return 1
}
# A program of etcd: from the image that the member runs from, so that both are of one version; else the one that was kept with
# the snapshots, or is installed.
etcd_program() {
    if k8s_member=$(etcd_process "$2"); then
        for k8s_bin in usr/local/bin usr/bin bin; do
            [ -x "$k8s_member/root/$k8s_bin/$1" ] && echo "$k8s_member/root/$k8s_bin/$1" && return
        done
    fi
    if [ -x "__FOLDER__/$1" ]; then echo "__FOLDER__/$1"; else command -v "$1"; fi
}
# What checks and restores snapshots: etcdutl, and etcdctl where the image of etcd 3.5 has no etcdutl.
snapshot_program() { etcd_program etcdutl "$1" || etcd_program etcdctl "$1"; }
