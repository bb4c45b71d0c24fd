import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { labClient } from '../../src/lab/lab.ts';
import { macOf } from '../../src/lab/machine/network.ts';
import type { Bench } from '../../test/e2e/support/bench.ts';

const synPath = fileURLToPath(new URL('../../test/e2e/support/syn.mjs', import.meta.url));

/** Answers to them are dropped at the client, as if it were nobody's address: its kernel would say that it knows of no connection. */
const unheard = `table inet storm {
  chain input {
    type filter hook input priority -300
    tcp sport 7443 tcp dport 1024-32767 drop
  }
}`;

/** What the holder's kernel counted (`/proc/net/netstat`, `/proc/net/snmp`). */
function counted(bench: Bench, node: string, name: string): number {
  const lines = bench.on(node, 'cat /proc/net/netstat /proc/net/snmp').split('\n');
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const place = lines[at]?.split(' ').indexOf(name) ?? -1;
    if (place > 0) return Number(lines[at + 1]?.split(' ')[place]);
  }
  return 0;
}

interface Flood {
  readonly vip: string;
  readonly rate: number;
  readonly seconds: number;
  readonly from: readonly string[];
}

/** Floods the holder of a VIP; how many it sent, how many of its kernel's answers were SYN cookies, and what it heard at all. */
export async function flood(bench: Bench, holder: string, { vip, rate, seconds, from }: Flood) {
  const { client, nodes } = bench.state;
  const target = nodes.find(({ name }) => name === holder)?.address ?? '';
  const names = ['InSegs', 'SyncookiesSent', 'ListenDrops', 'TCPReqQFullDrop'];
  const before = names.map((name) => counted(bench, holder, name));
  const [program = '', ...prefix] = labClient(bench.lab).argvPrefix;
  const nft = spawn(program, [...prefix, 'nft', '-f', '-'], { stdio: ['pipe', 'inherit', 'inherit'] });
  nft.stdin.end(unheard);
  await new Promise((resolve) => nft.on('close', resolve));
  const args = [macOf(client.address), macOf(target), vip, '7443', String(rate), String(seconds), from.join()];
  const child = spawn(program, [...prefix, process.execPath, synPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await new Promise((resolve) => child.on('close', resolve));
  const after = names.map((name) => counted(bench, holder, name));
  bench.inClient(['nft', 'delete', 'table', 'inet', 'storm']);
  const [heard, cookies, dropped, refused] = names.map((_, at) => (after[at] ?? 0) - (before[at] ?? 0));
  const sent: { readonly opened: number; readonly seconds: number } = JSON.parse(said);
  return { ...sent, heard, cookies, dropped, refused };
}
