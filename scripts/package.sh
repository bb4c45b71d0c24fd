#!/usr/bin/env bash
# Makes a release from the sources: npm tarball, one self-contained file, Debian package, a bill of materials (CycloneDX) and
# SHA-256 checksums of them all. The same sources give the same bytes: times are those of the last commit.
#   scripts/package.sh OUT                the single file needs Node 20.19 or newer where it runs
#   WITH_NODE=1 scripts/package.sh OUT    single file and Debian package bring this machine's Node along
set -euo pipefail
umask 022
[ $# -eq 1 ] || { echo "usage: scripts/package.sh OUT" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$root"
[ -d node_modules/typescript ] || { echo "package: run \`npm ci\` first" >&2; exit 2; }
[ -z "$(ls -A "$out")" ] || { echo "package: $out is not empty" >&2; exit 2; }
version=$(node -p 'require("./package.json").version')
# Without git, in sources that were unpacked from an archive, the changelog is what changes with every release.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Built into an empty folder, so that nothing of an earlier build is shipped; packed from a folder that holds nothing else.
echo "build"
stage=$work/stage
mkdir -p "$stage/bin"
node scripts/build.mjs "$stage/dist"
cp package.json README.md LICENSE CHANGELOG.md "$stage/"
cp bin/k8s-ha bin/kubectl-ha bin/kubectl_complete-ha "$stage/bin/"
cp -R examples lab deploy docs "$stage/"

echo "npm package"
tarball=$(cd "$stage" && npm pack --silent --ignore-scripts --pack-destination "$out")

# What the npm package is when it is installed: the same files, and the libraries that the lock file names.
tree=$work/k8s-ha
mkdir -p "$tree"
tar -xzf "$out/$tarball" -C "$tree" --strip-components=1
cp package-lock.json "$tree/"
(cd "$tree" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent && rm -f package-lock.json)

echo "bill of materials"
node scripts/sbom.mjs "$tree/dist/ui/web/page/bundled.json" >"$out/k8s-ha-$version.cdx.json"

node scripts/man.mjs "$tree/dist" >"$work/k8s-ha.1"
[ "${WITH_NODE:-}" != 1 ] || cp "$(command -v node)" "$tree/node"

echo "single file"
single=$out/k8s-ha-$version
tar -C "$tree" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=go-w -cf - . | gzip -9n >"$work/tree.tar.gz"
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
gzip -9nc "$work/k8s-ha.1" >"$deb/usr/share/man/man1/k8s-ha.1.gz"
for program in k8s-ha kubectl-ha kubectl_complete-ha; do ln -s "../lib/k8s-ha/bin/$program" "$deb/usr/bin/$program"; done
cp LICENSE "$deb/usr/share/doc/k8s-ha/copyright"
gzip -9nc CHANGELOG.md >"$deb/usr/share/doc/k8s-ha/changelog.gz"
"$tree/bin/k8s-ha" completion bash >"$deb/usr/share/bash-completion/completions/k8s-ha"
"$tree/bin/k8s-ha" completion zsh >"$deb/usr/share/zsh/vendor-completions/_k8s-ha"
"$tree/bin/k8s-ha" completion fish >"$deb/usr/share/fish/vendor_completions.d/k8s-ha.fish"
# As dpkg-gencontrol counts: every file in whole KiB, everything else as one. du would count the blocks of this file system.
installed_size() { find "$deb/usr" -printf '%y %s\n' | awk '{ sum += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print sum }'; }
[ -x "$tree/node" ] && architecture=$(dpkg --print-architecture) || architecture=all
depends='openssh-client'
[ -x "$tree/node" ] || depends="nodejs (>= 20.19), $depends"
cat >"$deb/DEBIAN/control" <<CONTROL
Package: k8s-ha
Version: $version
Architecture: $architecture
Maintainer: The k8s-ha authors <k8s-ha@localhost>
Installed-Size: $(installed_size)
Depends: $depends
Section: admin
Priority: optional
Description: $(node -p 'require("./package.json").description' | cut -c1-75)
 Keepalived and HAProxy on every control-plane node, rolled out over SSH from
 one cluster file, with predicted outages and drills that measure them.
CONTROL
if [ -x "$tree/node" ]; then
    for program in k8s-ha kubectl-ha kubectl_complete-ha; do
        rm "$deb/usr/bin/$program"
        printf '#!/bin/sh\nexec /usr/lib/k8s-ha/node /usr/lib/k8s-ha/bin/%s "$@"\n' "$program" >"$deb/usr/bin/$program"
        chmod 755 "$deb/usr/bin/$program"
    done
fi
find "$deb" -type d -exec chmod 755 {} +
find "$deb" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$deb" "$out/k8s-ha_${version}_$architecture.deb" >/dev/null

echo "checksums"
(cd "$out" && sha256sum ./* >"$work/SHA256SUMS" && sed 's|  \./|  |' "$work/SHA256SUMS" >SHA256SUMS)
ls -l "$out"
