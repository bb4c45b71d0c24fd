import { spawn } from 'node:child_process';
import { inject } from 'vitest';
import { labDown, labSsh, labUp, type LabState } from '../../../src/lab/lab.ts';
import { withLockIfFree } from '../../../src/lab/lock.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Beginning of the names of the labs that test files share: with the id of the run's process. */
    readonly sharedLabs: string;
  }
}

/** Takes everything of ours off a node; packages stay, and so does what the kernel and etcd remember. */
const clean = `systemctl stop 'k8s-ha-*' 2>/dev/null
systemctl disable -q k8s-ha-keepalived k8s-ha-haproxy 2>/dev/null
rm -rf /etc/k8s-ha /run/k8s-ha /var/lib/k8s-ha /etc/systemd/system/k8s-ha-* /etc/systemd/system/*.wants/k8s-ha-*
systemctl daemon-reload
systemctl reset-failed
nft delete table inet k8s_ha 2>/dev/null
true`;

const purge = 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge keepalived haproxy socat >/dev/null';

/** Whatever a test could leave behind; nothing on a node that is clean. */
const remains = `ls -d /etc/k8s-ha /run/k8s-ha /var/lib/k8s-ha /etc/systemd/system/k8s-ha-* 2>/dev/null
ip -o address show | grep -o '172[.]16[.]100[.][0-9]*'
nft list tables
systemctl list-units --all --plain --no-legend 'k8s-ha-*'
ls /run/lab-api-server/not-ready 2>/dev/null
true`;

const installed = `dpkg-query -W -f '\${db:Status-Abbrev}\${Package}\n' keepalived haproxy socat 2>/dev/null | grep ^i; true`;

/** Boots the shared lab, or what does not run of it, as the file before left it. */
export async function takeShared(): Promise<LabState> {
  return up(await claim(1));
}

/**
 * Takes everything of ours off the nodes. A lab that a test file left in disorder is created again.
 * @param packages whether keepalived and HAProxy may be installed
 */
export async function cleaned(state: LabState, packages: boolean): Promise<LabState> {
  await everywhere(state, clean).catch(() => undefined);
  if (!packages) await everywhere(state, `[ -z "$(${installed})" ] || ${purge}`);
  if ((await leftOn(state)) === '') return state;
  await down(state.name);
  return up(state.name);
}

/** For the next test file. */
export function giveBack({ name }: LabState): void {
  claimed.get(name)?.();
}

/** What lets a lab of this process go. */
const claimed = new Map<string, () => void>();

/** Files that run at the same time have labs of their own: the first that no other process has, until it gives it back or dies. */
async function claim(number: number): Promise<string> {
  const name = `${inject('sharedLabs')}-${number}`;
  const mine = await new Promise<boolean>((resolve) => {
    void withLockIfFree(`test/${name}`, async () => {
      resolve(true);
      await new Promise<void>((letGo) => claimed.set(name, letGo));
    }).then(() => resolve(false));
  });
  return mine ? name : claim(number + 1);
}

async function leftOn(state: LabState): Promise<string> {
  const left = await everywhere(state, remains);
  return left.join('');
}

async function up(name: string): Promise<LabState> {
  const result = await labUp({ name });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function down(name: string): Promise<void> {
  const result = await labDown(name);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

/** Runs a shell command on all nodes at once. @throws when it fails on one */
export async function everywhere({ name, nodes }: LabState, command: string): Promise<readonly string[]> {
  return Promise.all(nodes.map(async (node) => on(labSsh(name, node.name, [command]))));
}

function on([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    let [out, text] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('close', (rc) => (rc === 0 ? resolve(out.trim()) : reject(new Error(`${args.join(' ')}: ${out}${text}`))));
  });
}
