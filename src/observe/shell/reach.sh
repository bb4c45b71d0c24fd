reach() {
    command -v curl >/dev/null || return 127
    for k8s_target in __TARGETS__; do
        for _ in 1 2; do
            k8s_said=$(curl -sv -o /dev/null --noproxy '*' --connect-timeout __CONNECT_SECONDS__ --max-time __CONNECT_SECONDS__ "http://$k8s_target/" 2>&1)
            case $k8s_said in
                # HAProxy hangs up on who is no node yet.
                *'Connected to'* | *'onnection reset'*) k8s_answer=open ;;
                *'onnection refused'*) k8s_answer=refused ;;
                *'rohibited'* | *'No route to host'*) k8s_answer=rejected ;;
                *) k8s_answer=none; continue ;;
            esac
            break
        done && echo "$k8s_target $k8s_answer" &
    done
    wait
}
__HELPERS__
# Beside each other: a firewall that drops costs both their time.
k8s_reach=$(vrrp & reach)
k8s_reached=$?
wait
emit neighbours ip -j neigh show
told reach "$k8s_reached" "$k8s_reach"
emit firewall firewall
