# ask for packages
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
told() { printf '%s %s %s\n%s\n' "$1" "$2" "${#3}" "$3"; }
emit() {
    k8s_name=$1; shift
    k8s_out=$("$@" 2>&1)
    told "$k8s_name" "$?" "$k8s_out"
}
# The dot keeps the shell from stripping the newlines at the end.
one_file() { stat -c '%a %U:%G' "$1" && cat "$1" && printf .; }
installed() { rpm -q "$1" >/dev/null 2>&1 && rpm -q --qf '%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n' "$1" | tail -n 1; }
available() { zypper -n -q --no-refresh search -s -x -t package "$1" 2>/dev/null | awk -F ' *[|] *' '$3 == "package" && $6 !~ /^[(]System Packages[)]/ { print $4 }'; }
target() {
    zypper -n -q --no-refresh info "$1" 2>/dev/null | sed -n 's/^Version *: //p' | head -n 1
}
newer() { [ "$(zypper --terse versioncmp "$(target "$1")" "$(installed "$1")")" = 1 ]; }
look() {
emit update zypper -n -q refresh
emit installed:haproxy installed haproxy
emit target:haproxy target haproxy
emit available:haproxy available haproxy
emit newer:haproxy newer haproxy
}
look | base64

}
k8s_ha_main </dev/null
exit $?

# ask for packages
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
told() { printf '%s %s %s\n%s\n' "$1" "$2" "${#3}" "$3"; }
emit() {
    k8s_name=$1; shift
    k8s_out=$("$@" 2>&1)
    told "$k8s_name" "$?" "$k8s_out"
}
# The dot keeps the shell from stripping the newlines at the end.
one_file() { stat -c '%a %U:%G' "$1" && cat "$1" && printf .; }
installed() { rpm -q "$1" >/dev/null 2>&1 && rpm -q --qf '%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n' "$1" | tail -n 1; }
available() { zypper -n -q --no-refresh search -s -x -t package "$1" 2>/dev/null | awk -F ' *[|] *' '$3 == "package" && $6 !~ /^[(]System Packages[)]/ { print $4 }'; }
target() {
    available "$1" | tr -d ' ' | grep -Fx -- 2.4.2-1 | head -n 1
}
newer() { [ "$(zypper --terse versioncmp "$(target "$1")" "$(installed "$1")")" = 1 ]; }
look() {
emit update zypper -n -q refresh
emit installed:haproxy installed haproxy
emit target:haproxy target haproxy
emit available:haproxy available haproxy
emit newer:haproxy newer haproxy
}
look | base64

}
k8s_ha_main </dev/null
exit $?

# install haproxy, socat
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"t"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
export ZYPP_LOCK_TIMEOUT=60
mkdir -p /var/lib/k8s-ha
systemctl --no-reload mask --runtime --quiet haproxy.service 2>/dev/null
trap 'systemctl --no-reload unmask --runtime --quiet haproxy.service' EXIT
k8s_said=$(zypper -n -q install --no-recommends haproxy socat 2>&1 9>&-) ||
    case $? in 102 | 103) ;; *) printf '%s\n' "$k8s_said" >&2; exit 1 ;; esac
for name in haproxy socat; do echo "$name" >>/var/lib/k8s-ha/packages; done
# As `systemctl disable`, which takes a second more for what old init scripts need.
rm -f /etc/systemd/system/*.wants/haproxy.service
}
k8s_ha_main </dev/null
exit $?

# upgrade haproxy to 2.4.2-1
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"t"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
export ZYPP_LOCK_TIMEOUT=60
masked=
for service in haproxy.service; do
    systemctl is-active --quiet "$service" || masked="$masked $service"
done
# shellcheck disable=SC2086 # a word for each unit
[ -z "$masked" ] || { systemctl --no-reload mask --runtime --quiet $masked 2>/dev/null; trap 'systemctl --no-reload unmask --runtime --quiet $masked' EXIT; }
k8s_said=$(zypper -n -q install --no-recommends haproxy=2.4.2-1 2>&1 9>&-) ||
    case $? in 102 | 103) ;; *) printf '%s\n' "$k8s_said" >&2; exit 1 ;; esac
installed() { rpm -q "$1" >/dev/null 2>&1 && rpm -q --qf '%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n' "$1" | tail -n 1; }
[ "$(installed haproxy)" = 2.4.2-1 ] || { printf '%s is %s yet\n' haproxy "$(installed haproxy)" >&2; exit 1; }
}
k8s_ha_main </dev/null
exit $?

# put haproxy 2.4.1-1 back
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"t"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
export ZYPP_LOCK_TIMEOUT=60
masked=
for service in haproxy.service; do
    systemctl is-active --quiet "$service" || masked="$masked $service"
done
# shellcheck disable=SC2086 # a word for each unit
[ -z "$masked" ] || { systemctl --no-reload mask --runtime --quiet $masked 2>/dev/null; trap 'systemctl --no-reload unmask --runtime --quiet $masked' EXIT; }
k8s_said=$(zypper -n -q install --no-recommends --oldpackage haproxy=2.4.1-1 2>&1 9>&-) ||
    case $? in 102 | 103) ;; *) printf '%s\n' "$k8s_said" >&2; exit 1 ;; esac
installed() { rpm -q "$1" >/dev/null 2>&1 && rpm -q --qf '%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n' "$1" | tail -n 1; }
[ "$(installed haproxy)" = 2.4.1-1 ] || { printf '%s is %s yet\n' haproxy "$(installed haproxy)" >&2; exit 1; }
}
k8s_ha_main </dev/null
exit $?

# stop the services and remove every file
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"t"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
packages=$(sort -u /var/lib/k8s-ha/packages 2>/dev/null || true)
systemctl stop 'k8s-ha-kept-*' 'k8s-ha-handed-on-*' 2>/dev/null || :
ours=$(ls /var/lib/k8s-ha/images/*.ours 2>/dev/null || true)
for unit in k8s-ha-etcd-snapshot.timer k8s-ha-addons.service k8s-ha-keepalived.service k8s-ha-haproxy.service; do
    systemctl disable --quiet --now "$unit" 2>/dev/null || systemctl stop "$unit" 2>/dev/null || true
done
! command -v nft >/dev/null || nft delete table inet k8s_ha 2>/dev/null || :
if [ -f /etc/firewalld/policies/k8s-ha.xml ]; then
    rm -f /etc/firewalld/policies/k8s-ha.xml*
    ! systemctl is-active --quiet firewalld || firewall-cmd --quiet --reload || :
fi
if command -v ufw >/dev/null; then
    LC_ALL=C ufw show added 2>/dev/null | sed -n "s/^ufw \(.*\) comment 'k8s-ha'$/\1/p" | while read -r rule; do
        # shellcheck disable=SC2086 # a word for each word of a rule
        ufw delete $rule >/dev/null 2>&1 </dev/null || :
    done
fi

! command -v podman >/dev/null || podman rm --force k8s-ha-haproxy k8s-ha-keepalived >/dev/null 2>&1 || true
rm -f /etc/systemd/system/k8s-ha-addons.service /etc/systemd/system/k8s-ha-etcd-snapshot.service /etc/systemd/system/k8s-ha-etcd-snapshot.timer /etc/systemd/system/k8s-ha-addons.service.k8s-ha-new /etc/systemd/system/k8s-ha-etcd-snapshot.service.k8s-ha-new /etc/systemd/system/k8s-ha-etcd-snapshot.timer.k8s-ha-new /etc/systemd/system/k8s-ha-haproxy.service /etc/systemd/system/k8s-ha-keepalived.service /etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new /etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new
systemctl daemon-reload
systemctl reset-failed k8s-ha-haproxy.service k8s-ha-keepalived.service k8s-ha-etcd-snapshot.service 2>/dev/null || true
for image in $ours; do image=${image##*/}; podman image rm "${image%.ours}" >/dev/null 2>&1 || true; done
rm -rf /etc/k8s-ha /run/k8s-ha
find /var/lib/k8s-ha -mindepth 1 -maxdepth 1 ! -name manifests -exec rm -rf {} + 2>/dev/null || :
rmdir /var/lib/k8s-ha/manifests /var/lib/k8s-ha 2>/dev/null || :
# shellcheck disable=SC2086 # a word for each package
[ -z "$packages" ] || ZYPP_LOCK_TIMEOUT=60 zypper -n -q remove --clean-deps $packages >/dev/null 9>&-
exit 0
}
k8s_ha_main </dev/null
exit $?
