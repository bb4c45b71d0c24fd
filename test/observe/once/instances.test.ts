import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runDir } from '../../../src/node/paths.ts';
import { keepalivedDump } from '../../../src/observe/keepalived-dump.ts';
import { instancesOf, parseInstances } from '../../../src/observe/once/instances.ts';
import { known } from '../../../src/core/observed.ts';

/** Written by keepalived itself: 2.2.4 and 2.2.8 built without --enable-json, 2.2.7 as Debian has it. */
const fixtures = ['2.2.4', '2.2.7', '2.2.8'].map((version) => [
  version,
  join(import.meta.dirname, 'fixtures', `keepalived-${version}.data`),
]) as readonly (readonly [string, string])[];

const expected = [
  {
    name: 'K8S_API_1',
    state: 'MASTER',
    priority: 254,
    virtualRouterId: 51,
    addresses: ['172.16.100.100'],
    advertIntervalMs: 100,
  },
  {
    name: 'K8S_API_2',
    state: 'MASTER',
    priority: 230,
    virtualRouterId: 52,
    addresses: ['fd00::100'],
    advertIntervalMs: 1000,
  },
];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-dump-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the node tells of the dump in its run folder. */
function said(shell: string): { readonly rc: number | null; readonly text: string } {
  const text = `pid=0\n${keepalivedDump.replaceAll(runDir, folder)}\n${shell}`;
  const ran = spawnSync('sh', ['-c', text], { encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  return { rc: ran.status, text: ran.stdout };
}

describe.each(fixtures)('the text that keepalived %s writes', (_, file) => {
  test('is read as the JSON of others is, also when its lines are parted by tabs', () => {
    copyFileSync(file, join(folder, 'keepalived.data'));
    const { rc, text } = said('dump_said');
    expect(rc).toBe(0);
    expect(text.length).toBeLessThan(1500);
    for (const dump of [text, text.replaceAll('\n', '\t')])
      expect(parseInstances(dump)).toMatchObject({ known: true, value: expected });
    const seen = parseInstances(text);
    expect(seen.known && (seen.value[0]?.sinceMs ?? 0)).toBeGreaterThan(1_700_000_000_000);
  });

  test('is waited for until the instances are complete', () => {
    const whole = readFileSync(file, 'utf8');
    writeFileSync(join(folder, 'keepalived.data'), whole.slice(0, whole.indexOf('VRRP Sockpool')));
    expect(said('dump_said')).toEqual({ rc: 1, text: '' });
  });
});

test('a dump that is JSON is told as it is, before a text, and not before its end', () => {
  writeFileSync(join(folder, 'keepalived.json'), '[{"data":{}}]\n');
  writeFileSync(join(folder, 'keepalived.data'), '------< VRRP Scripts >------\n');
  expect(said('dump_said')).toEqual({ rc: 0, text: '[{"data":{}}]\n' });
  writeFileSync(join(folder, 'keepalived.json'), '[{"data":{}');
  rmSync(join(folder, 'keepalived.data'));
  expect(said('dump_said')).toEqual({ rc: 1, text: '' });
});

test('a link in the place of a dump is not followed, and goes with the others', () => {
  writeFileSync(join(folder, 'secret'), '[1]');
  symlinkSync(join(folder, 'secret'), join(folder, 'keepalived.json'));
  expect(said('dump_said')).toEqual({ rc: 1, text: '' });
  expect(said('dump_forget; ls')).toMatchObject({ rc: 0 });
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('[1]');
});

test('passwords in a text stay on the node', () => {
  const [, file] = fixtures[0] ?? [];
  const whole = readFileSync(file ?? '', 'utf8');
  writeFileSync(join(folder, 'keepalived.data'), whole.replace('   Preempt', '   Password = s3cret\n   Preempt'));
  expect(said('dump_said').text).not.toContain('s3cret');
});

test.each([
  [' VRRP Instance = a b\n   State = MASTER'],
  [
    ' VRRP Instance = A\n   State = DELETED\n   Effective priority = 1\n   Virtual Router ID = 2\n   Advert interval = 1 sec',
  ],
  [
    ' VRRP Instance = A\n   State = MASTER\n   Effective priority = x\n   Virtual Router ID = 2\n   Advert interval = 1 sec',
  ],
  [' VRRP Instance = A\n   State = MASTER\n   Effective priority = 1\n   Virtual Router ID = 2'],
])('a text that misses something, or says what cannot be, is unknown: %j', (text) => {
  expect(instancesOf(known(text))).toMatchObject({ known: false });
});

describe('the signal that keepalived is sent', () => {
  test('is that of JSON where the program has it and the process catches it', () => {
    expect(asked('trap : 36;', 'echo 36')).toBe('36\n');
  });

  test('is that of text where the program has no other, and where the running process would be ended by it', () => {
    expect(asked('trap : 10;', 'echo unknown >&2; exit 1')).toBe('10\n');
    expect(asked('trap : 10;', 'echo 36')).toBe('10\n');
  });
});

/** A process that catches these signals, and a program that says its numbers. */
function asked(traps: string, json: string): string {
  const bin = mkdtempSync(join(tmpdir(), 'k8s-ha-signal-'));
  try {
    const program = `#!/bin/sh\ncase "$*" in *=JSON) ${json} ;; *=DATA) echo 10 ;; esac\n`;
    writeFileSync(join(bin, 'nsenter'), program, { mode: 0o755 });
    const text = `sh -c '${traps} echo ready; read -r _' <bin-fifo >said & pid=$!
exec 3>bin-fifo
while [ ! -s said ]; do sleep 0.01; done
dump_signal
echo >&3`;
    const shell = `cd ${bin} && mkfifo bin-fifo\n${keepalivedDump}\n${text}`;
    const ran = spawnSync('sh', ['-c', shell], {
      encoding: 'utf8',
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });
    return `${ran.stdout}${ran.stderr}`;
  } finally {
    rmSync(bin, { recursive: true });
  }
}
