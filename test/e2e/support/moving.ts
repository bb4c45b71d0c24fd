import { expect } from 'vitest';
import type { Bench } from './bench.ts';
import { good } from './killed.ts';

/** The VIP that is moved. */
export const vip = '172.16.100.100';
export const nodes = ['cp1', 'cp2', 'cp3'];

/** The tutorial's cluster file with connections kept or not, and clients told. */
export function keeping(keepConnections: boolean) {
  return (text: string) =>
    text.replace('target: 500ms', `target: 500ms\n  keepConnections: ${keepConnections}\n  tellClients: true`);
}

export function holderOf(bench: Bench): string {
  return nodes.find((node) => bench.on(node, `ip -o address show dev eth0 to ${vip}`) !== '') ?? 'nobody';
}

/** Has the VIP go to another node. */
export async function move(bench: Bench, file: string): Promise<void> {
  const from = holderOf(bench);
  await good(bench, ['drain', file, from, '--sessions', '0']);
  await good(bench, ['undrain', file, from]);
  expect(holderOf(bench), said(bench)).not.toBe(from);
}

/** What keepalived and HAProxy said of late, for a failure's text. */
function said(bench: Bench): string {
  const units = '-u k8s-ha-keepalived -u k8s-ha-haproxy';
  return nodes.map((node) => bench.on(node, `journalctl ${units} -n 40 -o short-iso-precise --no-pager`)).join('\n\n');
}
