#!/usr/bin/env bash
# Makes the packages from a built tree: npm tarball, one self-contained file, Debian package.
#   scripts/package.sh OUT          the single file needs Node 20.19 or newer where it runs
#   WITH_NODE=1 scripts/package.sh OUT    the single file brings this machine's Node along
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: scripts/package.sh OUT" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$root"
[ -f dist/cli/main.js ] || { echo "package: run \`npm run build\` first" >&2; exit 2; }
version=$(node -p 'require("./package.json").version')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "npm package"
tarball=$(npm pack --silent --pack-destination "$out")

# What the npm package is when it is installed: the same files, and the libraries that the lock file names.
tree=$work/k8s-ha
mkdir -p "$tree"
tar -xzf "$out/$tarball" -C "$tree" --strip-components=1
cp package-lock.json "$tree/"
(cd "$tree" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent && rm -f package-lock.json)
node scripts/man.mjs >"$tree/k8s-ha.1"
[ "${WITH_NODE:-}" != 1 ] || cp "$(command -v node)" "$tree/node"

echo "single file"
single=$out/k8s-ha-$version
tar -C "$tree" --sort=name --owner=0 --group=0 --mtime=@0 -cf - . | gzip -9n >"$work/tree.tar.gz"
sum=$(sha256sum "$work/tree.tar.gz" | cut -c1-16)
cat >"$single" <<HEAD
#!/bin/sh
# k8s-ha $version in one file. Unpacks itself once into your cache, then runs from there.
set -eu
dir=\${XDG_CACHE_HOME:-\$HOME/.cache}/k8s-ha/$version-$sum
if [ ! -f "\$dir/complete" ]; then
    mkdir -p "\${dir%/*}"
    new=\$(mktemp -d "\$dir.XXXXXX")
    sed '1,/^__TREE__\$/d' "\$0" | tar -xzf - -C "\$new"
    touch "\$new/complete"
    mv -T "\$new" "\$dir" 2>/dev/null || rm -rf "\$new"
fi
node=\$dir/node
if [ ! -x "\$node" ]; then
    node=\$(command -v node || command -v nodejs) || { echo "k8s-ha needs Node 20.19 or newer: apt-get install nodejs" >&2; exit 2; }
fi
exec "\$node" "\$dir/bin/k8s-ha" "\$@"
__TREE__
HEAD
cat "$work/tree.tar.gz" >>"$single"
chmod 755 "$single"

echo "Debian package"
deb=$work/deb
mkdir -p "$deb/DEBIAN" "$deb/usr/lib" "$deb/usr/bin" "$deb/usr/share/man/man1" "$deb/usr/share/doc/k8s-ha" \
    "$deb/usr/share/bash-completion/completions" "$deb/usr/share/zsh/vendor-completions" "$deb/usr/share/fish/vendor_completions.d"
cp -a "$tree" "$deb/usr/lib/k8s-ha"
mv "$deb/usr/lib/k8s-ha/k8s-ha.1" "$deb/usr/share/man/man1/"
gzip -9n "$deb/usr/share/man/man1/k8s-ha.1"
ln -s ../lib/k8s-ha/bin/k8s-ha "$deb/usr/bin/k8s-ha"
[ ! -f LICENSE ] || cp LICENSE "$deb/usr/share/doc/k8s-ha/copyright"
gzip -9nc CHANGELOG.md >"$deb/usr/share/doc/k8s-ha/changelog.gz"
node bin/k8s-ha completion bash >"$deb/usr/share/bash-completion/completions/k8s-ha"
node bin/k8s-ha completion zsh >"$deb/usr/share/zsh/vendor-completions/_k8s-ha"
node bin/k8s-ha completion fish >"$deb/usr/share/fish/vendor_completions.d/k8s-ha.fish"
[ -x "$tree/node" ] && architecture=$(dpkg --print-architecture) || architecture=all
depends='openssh-client'
[ -x "$tree/node" ] || depends="nodejs (>= 20.19), $depends"
cat >"$deb/DEBIAN/control" <<CONTROL
Package: k8s-ha
Version: $version
Architecture: $architecture
Maintainer: The k8s-ha authors <k8s-ha@localhost>
Installed-Size: $(du -sk "$deb/usr" | cut -f1)
Depends: $depends
Section: admin
Priority: optional
Description: $(node -p 'require("./package.json").description' | cut -c1-75)
 Keepalived and HAProxy on every control-plane node, rolled out over SSH from
 one cluster file, with predicted outages and drills that measure them.
CONTROL
if [ -x "$tree/node" ]; then
    rm "$deb/usr/bin/k8s-ha"
    printf '#!/bin/sh\nexec /usr/lib/k8s-ha/node /usr/lib/k8s-ha/bin/k8s-ha "$@"\n' >"$deb/usr/bin/k8s-ha"
    chmod 755 "$deb/usr/bin/k8s-ha"
fi
find "$deb" -type d -exec chmod 755 {} +
dpkg-deb --root-owner-group --build "$deb" "$out/k8s-ha_${version}_$architecture.deb" >/dev/null
ls -l "$out"
