import { guest } from '../../../src/lab/paths.ts';
import type { Bench } from './bench.ts';

/** Shell that makes a newer package out of the one in the node's package source, and adds it there. */
export function bumpCommand(name: string, suffix: string, change = ':'): string {
  return `set -e
cd ${guest.debs}
deb=$(ls ${name}_*.deb | grep -v k8sha | head -n 1)
rm -rf /tmp/bump && dpkg-deb -R "$deb" /tmp/bump
sed -i 's/^Version: .*/&${suffix}/' /tmp/bump/DEBIAN/control
(cd /tmp/bump && ${change})
dpkg-deb -Znone -b /tmp/bump "${name}_${suffix}.deb" >/dev/null
{ dpkg-deb -f "${name}_${suffix}.deb"; echo "Filename: ./${name}_${suffix}.deb"; echo "Size: $(stat -c %s "${name}_${suffix}.deb")"; echo "SHA256: $(sha256sum "${name}_${suffix}.deb" | cut -d' ' -f1)"; echo; } >>Packages`;
}

/** Newer packages for every node. @param change shell that changes what is in them, in their folder */
export async function bump(bench: Bench, names: readonly string[], suffix: string, change?: string): Promise<void> {
  await bench.everywhere(['set -e', ...names.map((name) => `(${bumpCommand(name, suffix, change)})`)].join('\n'));
}
