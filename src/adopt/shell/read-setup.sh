
__RUNNING__
emit() { printf '%s ' "$1"; base64 <"$2" | tr -d '\n'; echo; }
# Once each, by what it is: several processes read one file.
once() {
    [ -f "$2" ] && [ "$(wc -c <"$2")" -le 262144 ] || return
    key=$(stat -Lc %d:%i "$2")
    case " $done " in *" $key "*) return ;; esac
    done="$done $key"
    emit "$1" "$2"
}
done='' ran=''
# The files of one keepalived or HAProxy below a root, and the scripts that they name.
read_config() {
    program=$1 root=$2 config=$3
    once "$config" "$root$config"
    [ "$program" = keepalived ] || return
    for file in "$root${config%/*}"/* "$root${config%/*}"/conf.d/*; do
        grep -Iq . "$file" 2>/dev/null && once "${file#"$root"}" "$file"
    done
    # shellcheck disable=SC2013 # a path has no blank here
    for script in $(sed -n 's/^[[:space:]]*script[[:space:]]*["'"'"']*\([^ "'"'"']*\).*/\1/p' "$root${config%/*}"/*.conf 2>/dev/null | sort -u); do
        grep -Iq . "$root$script" 2>/dev/null && once "$script" "$root$script"
    done
}
for found in $(programs | tr ' ' :); do
    pid=${found#*:} name=${found%:*}
    grep -q 'k8s-ha-[a-z]*\.service' "/proc/$pid/cgroup" && continue
    for config in $(config_files "$pid"); do
        [ -f "/proc/$pid/root$config" ] || continue
        ran="$ran $name"
        read_config "$name" "/proc/$pid/root" "$config"
    done
done
case $ran in *keepalived*) ;; *) read_config keepalived '' /etc/keepalived/keepalived.conf ;; esac
case $ran in *haproxy*) ;; *) for file in /etc/haproxy/*.cfg /etc/haproxy/conf.d/* /usr/local/etc/haproxy/*.cfg; do once "$file" "$file"; done ;; esac
for file in /etc/k8s-ha/* /etc/systemd/system/k8s-ha-*.service /etc/systemd/system/k8s-ha-*.timer /etc/kubernetes/manifests/*.yaml /etc/kubernetes/manifests/*.yml; do once "$file" "$file"; done
for engine in docker podman; do
    command -v "$engine" >/dev/null || continue
    # podman may be there under docker's name as well.
    case $engine$("$engine" --version 2>/dev/null) in dockerpodman*) continue ;; esac
    ids=$(timeout 10 "$engine" ps -q 2>/dev/null)
    # shellcheck disable=SC2086 # a word for each container
    [ -z "$ids" ] || { printf 'containers:%s ' "$engine"; timeout 10 "$engine" inspect $ids 2>/dev/null | base64 | tr -d '\n'; echo; }
done
exit 0