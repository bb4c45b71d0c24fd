import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { helpers } from '../../../src/observe/once/script.ts';

/** keepalived in namespaces of its own, in one of which the kernel gives nobody an inotify instance. */
let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'k8s-ha-levers-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** @returns what our shell says of its levers, and whether it has the VIP after one was pulled */
function tried(instances: string): { readonly hears: string; readonly holds: boolean } {
  writeFileSync(
    join(folder, 'keepalived.conf'),
    `track_file lever {
    file ${folder}/lever
    weight 0
}
vrrp_instance A {
    state BACKUP
    interface veth-a
    virtual_router_id 51
    priority 100
    advert_int 0.1
    unicast_src_ip 10.9.0.1
    unicast_peer {
        10.9.0.2
    }
    virtual_ipaddress {
        10.9.9.9/32 dev veth-a
    }
    track_file {
        lever
    }
}
`,
  );
  writeFileSync(join(folder, 'helpers.sh'), helpers);
  const script = `set -e
cd ${folder}
mount -t tmpfs run /run
ip link add veth-a type veth peer name veth-b
ip address add 10.9.0.1/24 dev veth-a
ip link set veth-a up; ip link set veth-b up
echo 0 >lever
${instances}
keepalived --dont-fork --log-console --vrrp --use-file=${folder}/keepalived.conf --pid=${folder}/pid --vrrp_pid=${folder}/vrrp.pid >log 2>&1 &
holds() { [ -n "$(ip -o address show dev veth-a to 10.9.9.9)" ]; }
for i in $(seq 100); do ! holds || break; sleep 0.1; done
holds
. ./helpers.sh
hears ${folder}/vrrp.pid
echo 1 >lever
sleep 1
if holds; then echo holds; fi
kill %1; wait
`;
  const argv = '--user --map-root-user --net --mount --pid --fork --mount-proc --kill-child bash -s'.split(' ');
  const ran = spawnSync('unshare', argv, { input: script, encoding: 'utf8', timeout: 30_000 });
  const [hears = '', holds] = ran.stdout.trim().split('\n');
  return { hears: hears || ran.stderr, holds: holds === 'holds' };
}

describe('whether keepalived hears a lever', () => {
  test('yes, and then it gives its VIP up', () => {
    expect(tried('')).toEqual({ hears: 'yes', holds: false });
  });

  test('no, where the kernel gave it no inotify instance: it runs on, and keeps its VIP', () => {
    expect(tried('echo 0 >/proc/sys/user/max_inotify_instances')).toEqual({ hears: 'no', holds: true });
  });
});
