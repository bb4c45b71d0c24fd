import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { addressesOf } from '../../src/cluster/spec.ts';
import type { FaultTarget } from '../../src/drill/acts.ts';
import { faults } from '../../src/drill/faults/index.ts';
import { holdCertificates } from '../../src/drill/means/clock.ts';
import { outOfMemory } from '../../src/drill/means/memory.ts';
import { strangersAnnouncement } from '../../src/drill/means/stranger.ts';
import { runDir } from '../../src/node/paths.ts';
import { renderNode } from '../../src/render/render.ts';
import { fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from '../render/cases.ts';

/** What faults do to a real kernel, in namespaces that end with the test. Needs root. */
const found = goldenCases.find(({ name }) => name === 'dual-stack');
const [node] = found?.spec.nodes ?? [];
const [vip] = found?.spec.endpoint.virtualIPs ?? [];
if (!found || !node || !vip) throw new Error('there is no dual-stack case');
const { spec, facts } = found;
const target: FaultTarget = { spec, node, vip, interface: 'eth0', first: true };

const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shellOf(name: string): { readonly available: string; readonly inject: string; readonly heal: string } {
  const fault = faults.find((one) => one.name === name);
  if (!fault?.inject) throw new Error(`${name} injects nothing`);
  return {
    available: fault.available?.(target) ?? ':',
    inject: fault.inject(target).shell,
    heal: fault.heal(target).shell,
  };
}

/** Runs a script in namespaces of its own, with an empty /run; what it printed. */
function inNamespaces(kinds: readonly string[], text: string, shell: readonly string[] = ['sh']): string {
  const begin = `mount --make-rshared / && mount -t tmpfs tmpfs /run && mkdir -p ${runDir}\n`;
  const file = join(folder, 'script.sh');
  writeFileSync(file, `set -u\n${begin}${text}\n`);
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['-m', ...kinds, '--propagation', 'private', ...shell, file],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  if (status !== 0) throw new Error(`${status}: ${stdout}${stderr}`);
  return stdout.trim();
}

describe('a stranger in the segment', () => {
  test.each(['dash', 'bash', 'busybox sh'])('is believed by neighbours, for both families (%s)', (shell) => {
    const vips = spec.endpoint.virtualIPs;
    expect(new Set(vips.map(({ family }) => family)).size).toBe(2);
    const text = `ip link add eth0 address 02:00:00:0a:00:01 type veth peer name client
ip link set eth0 up; ip link set client up
ip addr add 172.16.217.9/16 dev client
sleep 0.2
${vips.map(({ address }) => `ip neigh replace ${address} lladdr 02:00:00:00:00:99 dev client nud reachable`).join('\n')}
${vips.map((each) => strangersAnnouncement(each, 'eth0')).join('\n')}
sleep 0.2
${vips.map(({ address }) => `ip neigh show ${address} dev client`).join('\n')}`;
    const seen = inNamespaces(['-n'], text, shell.split(' '));
    expect(seen.split('\n').map((line) => / lladdr (\S+)/.exec(line)?.[1])).toEqual(
      vips.map(() => '02:6b:38:73:00:01'),
    );
  });
});

/** In another service: its mounts follow those of the machine. */
function service(what: string): string {
  return `nsenter -t $service -m sh -c '${what}'`;
}

test('a read-only system is read-only for services with mounts of their own too, and as before afterwards', () => {
  const { available, inject, heal } = shellOf('read-only-root');
  const look = 'for dir in /etc /usr /run; do [ -w $dir ] && echo $dir yes || echo $dir no; done';
  const text = `unshare -m --propagation slave sleep 60 & service=$!
sleep 0.3
(${available}) || exit 7
mounts=$(wc -l </proc/self/mountinfo)
(set -eu; ${inject}) || exit 8
echo broken; ${look}; ${service(look)}
heal() { ${heal}
}
heal && heal
echo healed; ${look}; ${service(look)}; ls ${runDir}
[ "$(wc -l </proc/self/mountinfo)" = "$mounts" ] && echo as before
kill $service`;
  const writable = '/etc yes\n/usr yes\n/run yes\n';
  const readOnly = '/etc no\n/usr no\n/run yes\n';
  expect(inNamespaces([], text)).toBe(`broken\n${readOnly}${readOnly}healed\n${writable}${writable}as before`);
});

describe('a kernel that is out of memory', () => {
  /** Asks for more and more; its own number is in the file. */
  const hungry = `sh -c 'echo $$ >${runDir}/pid; x=xxxxxxxx; while :; do sleep 0.05; x=$x$x; [ \${#x} -lt 1000000 ] || x=xxxxxxxx; done' & sleep 0.3`;
  const idle = `sh -c 'echo $$ >${runDir}/pid; exec sleep 30' & sleep 0.3`;
  const fault = outOfMemory('test-out-of-memory', `pids=$(cat ${runDir}/pid)`, []);
  const [inject, heal] = [fault.inject(target).shell, fault.heal(target).shell];
  const version1 = readFileSync('/proc/self/cgroup', 'utf8').includes(':memory:');

  function struck(program: string): string {
    return inNamespaces(
      [],
      `${program}
(${fault.available(target)}) || exit 7
(set -eu; ${inject}) 2>&1; echo "rc $?"
kill -0 $! 2>/dev/null && echo lives || echo dead
ls -A ${runDir} | grep -v ^pid$; grep -c test-out-of-memory /proc/self/mountinfo; kill -9 $! 2>/dev/null
mkdir ${runDir}/look && mount -t cgroup -o memory look ${runDir}/look && find ${runDir}/look -name 'k8s-ha-drill-test*'; umount ${runDir}/look
${heal}`,
    );
  }

  test.runIf(version1)('kills what asks for memory, says so where it did not, and leaves no group (version 1)', () => {
    expect(struck(hungry)).toBe('rc 0\ndead\n0');
    expect(struck(idle)).toBe('the kernel has not killed it within 3 s\nrc 1\nlives\n0');
  });

  test('with version 2 limits the group of the program itself, and gives the limit back', () => {
    const group = join(folder, 'system.slice/one.service');
    const seen = (text: string): string =>
      text.replaceAll('/sys/fs/cgroup', folder).replaceAll('"/proc/$first/cgroup"', join(folder, 'cgroup'));
    const text = `mkdir -p ${group}; echo max >${group}/memory.max; echo 0::/system.slice/one.service >${join(folder, 'cgroup')}
${idle}
# What the kernel does when the limit is written.
( for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; [ "$(cat ${group}/memory.max)" = max ] || { cat ${group}/memory.max; kill -9 $!; break; }; done ) &
(${seen(fault.available(target))}) || exit 7
(set -eu; ${seen(inject)}) 2>&1; echo "rc $?"
cat ${group}/memory.max; ls -A ${runDir} | grep -v ^pid$
# Killed before it was given back: the healing does.
echo '${group}/memory.max max' >${runDir}/drill-test-out-of-memory; echo 1 >${group}/memory.max
${seen(heal)}
cat ${group}/memory.max; ls -A ${runDir} | grep -v ^pid$; true`;
    expect(inNamespaces([], text)).toBe('65536\nrc 0\nmax\nmax');
  });
});

test('no program of ours asks a name server while it runs', { timeout: 60_000 }, async () => {
  const local = (text: string): string =>
    text
      .replaceAll(runDir, folder)
      .replaceAll('/etc/k8s-ha', folder)
      .replaceAll(/^ *(user|group) haproxy$/gm, '')
      .replaceAll('user root group root mode 600', 'mode 600');
  for (const { path, content } of renderNode(spec, node, fakeTimers, { ...facts, caPresent: false, nofile: 4096 })
    .files)
    if (/\.(cfg|conf)$|check-/.test(path))
      writeFileSync(local(path), local(content), { mode: path.includes('check-') ? 0o755 : 0o600 });
  const text = `ip link set lo up
ip link add eth0 type veth peer name other; ip link set eth0 up; ip link set other up
${addressesOf(node)
  .map((address) => `ip addr add ${address}${address.includes(':') ? '/64 nodad' : '/16'} dev eth0`)
  .join('\n')}
echo 'nameserver 127.0.0.53' >/run/resolv.conf; mount --bind /run/resolv.conf /etc/resolv.conf
mkdir -p ${runDir}; echo 1 >${folder}/server-state
${shellOf('dns-gone').inject}
counted() { nft list table inet k8s_ha_drill | sed -n 's/.*counter packets \\([0-9]*\\).*/\\1/p' | tr '\\n' ' '; }
haproxy -db -f ${folder}/haproxy.cfg >/dev/null 2>&1 & haproxy=$!
keepalived --dont-fork --log-console --vrrp --use-file=${folder}/keepalived.conf --pid=${folder}/ka.pid --vrrp_pid=${folder}/kav.pid >${folder}/ka.log 2>&1 & keepalived=$!
sleep 6
${folder}/check-haproxy; echo "check $?"
kill -0 $haproxy && kill -0 $keepalived && echo both run
counted; echo
timeout 2 getent hosts k8s-ha.example; counted
kill $haproxy $keepalived; wait`;
  const seen = await new Promise<string>((resolve) => {
    const file = join(folder, 'names.sh');
    writeFileSync(file, `set -u\nmount -t tmpfs tmpfs /run\n${text}\n`);
    execFile('unshare', ['-m', '-n', '--propagation', 'private', 'sh', file], { timeout: 50_000 }, (_, out, said) =>
      resolve(`${out}${said}`),
    );
  });
  expect(seen).toMatch(/^check [01]\nboth run\n0 0 \n0 [1-9]\d* *$/);
  expect(readFileSync(join(folder, 'ka.log'), 'utf8')).toContain('VRRP');
});

test('a certificate that is not valid an hour away is named, and so is an API server that shows none', () => {
  const port = 16_443;
  const text = `cd /run && mkdir bin
printf '#!/bin/sh\\n[ "$1" = +%%s ] && [ -f /run/later ] && exec /bin/date -d "+2 days" +%%s; exec /bin/date "$@"\\n' >bin/date
chmod +x bin/date; export PATH="/run/bin:$PATH"
ip link set lo up
make() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$1 -days 1 -keyout $1.key -out $1.crt 2>/dev/null; }
make node; make server
(${holdCertificates(['/run/none.crt', '/run/node.crt'], port, 3720)}); echo "rc $?"
touch /run/later
(${holdCertificates(['/run/none.crt', '/run/node.crt'], port, 3720)}); echo "rc $?"
openssl s_server -accept ${port} -cert server.crt -key server.key -quiet >/dev/null 2>&1 & server=$!
n=0; until (${holdCertificates(['/run/node.crt'], port, 3720)}) >/dev/null || [ $((n += 1)) -gt 50 ]; do sleep 0.1; done
(${holdCertificates(['/run/node.crt'], port, 3720)}); echo "rc $?"
(${holdCertificates(['/run/node.crt'], port, 100_000)}); echo "rc $?"
kill $server`;
  expect(inNamespaces(['-n'], text).split('\n')).toEqual([
    '/run/node.crt has been valid for less than an hour: it would be refused',
    'rc 1',
    "openssl does not say for how long the certificate of the node's API server is valid",
    'rc 1',
    'rc 0',
    '/run/node.crt ends within the hour: it would be refused',
    'rc 1',
  ]);
});

describe('a clock that is set', () => {
  const { inject, heal } = shellOf('clock-stepped');

  /** A wall clock of the script's own, ten times as fast in what it waits for; systemd's programs that do what they are told. */
  const machine = `mkdir /run/bin && cd /run/bin
cat >date <<'END'
#!/bin/sh
ahead=$(cat /run/ahead 2>/dev/null || echo 0)
now=$(/bin/date +%s.%N | awk -v ahead="$ahead" '{ printf "%.3f", $1 + ahead }')
case $1 in
    -s) /bin/date +%s.%N | awk -v to="\${2#@}" '{ printf "%.3f\\n", to - $1 }' >/run/ahead; cat /run/ahead >>/run/steps ;;
    +%s) echo "\${now%.*}" ;;
    *) echo "$now" ;;
esac
END
cat >systemd-run <<'END'
#!/bin/sh
while [ "$1" != /bin/sh ]; do shift; done
setsid "$@" & echo $! >/run/unit
END
cat >systemctl <<'END'
#!/bin/sh
case $* in
    'stop k8s-ha-drill-clock') [ ! -f /run/unit ] || kill -- "-$(cat /run/unit)" 2>/dev/null; rm -f /run/unit ;;
    *chrony\\ *|*chrony) echo "$*" >>/run/services ;;
esac
END
printf '#!/bin/sh\\nexec /bin/sleep "0.$1"\\n' >sleep
chmod +x *; cd /
export PATH="/run/bin:$PATH"
heal() { ${heal}
}`;
  const over = `n=0; while [ -f ${runDir}/drill-clock ] && [ $((n += 1)) -lt 50 ]; do /bin/sleep 0.1; done`;
  // To ten seconds: a busy machine is late, and the right time is right to one.
  const steps = `awk '{ printf "%.0f ", $1 / 10 }' /run/steps | sed 's/-0 /0 /g'; awk '{ exit $1 * $1 > 1 }' /run/ahead && echo right || cat /run/ahead; ls ${runDir}`;

  test('goes an hour ahead and an hour behind, and is right again, with time services kept back meanwhile', () => {
    expect(inNamespaces([], `${machine}\n(set -eu; ${inject}) || exit 7\n${over}\n${steps}\ncat /run/services`)).toBe(
      '360 -360 0 right\nkill -s STOP --kill-who=all chrony\nkill -s CONT --kill-who=all chrony',
    );
  });

  test('is right again at once when it is healed, whenever that is, and a second time does nothing', () => {
    const text = `${machine}\n(set -eu; ${inject}) || exit 7\n/bin/sleep 0.15\nheal && heal\n/bin/sleep 0.5\n${steps}`;
    expect(inNamespaces([], text)).toBe('360 0 right');
  });

  test('is not taken for the right one by the next drill, after one that was killed', () => {
    const killed = 'kill -- "-$(cat /run/unit)"; rm /run/unit';
    const text = `${machine}\n(set -eu; ${inject}) || exit 7\n/bin/sleep 0.15\n${killed}\n(set -eu; ${inject}) || exit 8\n${over}\n${steps}`;
    expect(inNamespaces([], text)).toBe('360 0 360 -360 0 right');
  });
});
