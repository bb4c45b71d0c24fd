set -eu
root="$1"
debs="$root__DEBS__"
mkdir -p "$debs/partial" "$root/opt/k8s-ha-lab/bin" "$root__API_SERVER__" "$root__PKI__"
APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes --no-install-recommends --download-only \
  -o Dir::Cache::Archives="$debs" install __OFFLINE_PACKAGES__
rm -rf "$debs/partial" "$debs/lock"
(cd "$debs" && for deb in *.deb; do
  dpkg-deb -f "$deb"
  echo "Filename: ./$deb"
  echo "Size: $(stat -c %s "$deb")"
  echo "SHA256: $(sha256sum "$deb" | cut -d' ' -f1)"
  echo
done > Packages)
rm -rf "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/* "$root"/etc/apt/apt.conf.d/99mmdebstrap
echo 'deb [trusted=yes] file:__DEBS__ ./' > "$root/etc/apt/sources.list"
printf '%s\n' 'APT::Install-Recommends "false";' 'Acquire::Languages "none";' > "$root/etc/apt/apt.conf.d/90lab"
chroot "$root" apt-get update
chroot "$root" useradd --create-home --shell /bin/bash ops
chroot "$root" useradd --create-home --shell /bin/bash nosudo
echo 'ops ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/ops"
chmod 440 "$root/etc/sudoers.d/ops"
rm -f "$root"/etc/ssh/ssh_host_*
printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'PermitRootLogin prohibit-password' 'PasswordAuthentication no' \
  'AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/lab_authorized_keys' 'UseDNS no' 'MaxStartups 200' 'MaxSessions 100' > "$root/etc/ssh/sshd_config.d/lab.conf"
for unit in __MASKED_UNITS__; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '%s\n' '[Journal]' 'SystemMaxUse=32M' > "$root/etc/systemd/journald.conf.d/lab.conf"
echo '{ "type": "module" }' > "$root/opt/k8s-ha-lab/package.json"
: > "$root/etc/machine-id"
: > "$root/etc/resolv.conf"
rm -rf "$root"/var/lib/etcd/*
