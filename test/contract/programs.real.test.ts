import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { filesIn, parseSections, sectionsCommand } from '../../src/observe/once/sections.ts';
import { helpers } from '../../src/observe/once/script.ts';
import { keptFile, paths } from '../../src/node/paths.ts';
import { keepScript } from '../../src/render/keep.ts';
import { saveStateScript } from '../../src/render/scripts.ts';
import { supportScript } from '../../src/render/support.ts';
import { tellScript } from '../../src/render/tell.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const shells: readonly (readonly string[])[] = [['dash'], ['busybox', 'sh'], ['bash', '--posix']];

const programs = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\/shell\/[^/]+\.sh$/.test(path))
  .map((path) => join('src', path));

const generated = readdirSync('test/golden', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => readFileSync(path, 'utf8').startsWith('#!/bin/sh\n'));

const spec = fakeSpec();
const [node] = spec.nodes;
if (!node) throw new Error('the cluster has no node');

describe.each(shells.map((argv) => ({ argv })))('by $argv', ({ argv: [program = '', ...options] }) => {
  let root = '';

  /** Runs a script with programs that this test puts before the machine's. */
  function run(text: string, args: readonly string[] = []): { status: number | null; stdout: string } {
    const file = join(root, 'script');
    writeFileSync(file, text);
    const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, ROOT: root };
    const { status, stdout, stderr } = spawnSync(program, [...options, file, ...args], { env, encoding: 'utf8' });
    expect(stderr).toBe('');
    return { status, stdout };
  }

  function stub(name: string, text: string): void {
    const file = join(root, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  }

  function recorded(name: string): string {
    return readFileSync(join(root, name), 'latin1');
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'k8s-ha-programs-'));
    mkdirSync(join(root, 'bin'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('every program and every generated script can be read', () => {
    expect(programs.length).toBeGreaterThan(10);
    expect(generated.length).toBeGreaterThan(40);
    for (const path of [...programs, ...generated]) {
      const { status, stderr } = spawnSync(program, [...options, '-n', path], { encoding: 'utf8' });
      expect(status, `${path}: ${stderr}`).toBe(0);
    }
  });

  it('a look tells files and answers as they are', () => {
    const texts = { ends: 'one\ntwo\n', open: 'no newline', empty: '', odd: 'a\\n%s $(id)\t\n\n' };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(root, name), text, { mode: 0o640 });
    const names = Object.keys(texts).map((name) => join(root, name));
    const look = sectionsCommand(
      'look',
      helpers,
      `files ${names.join(' ')}\nemit says say ${names[1]}\nthere no-such-program\nemit version version_of printf '1.2\\nmore\\n'\n`,
    );
    const sections = parseSections(run(look.stdin ?? '').stdout);
    expect(Object.fromEntries(filesIn(sections).map(({ path, content, mode }) => [path, [content, mode]]))).toEqual(
      Object.fromEntries(Object.entries(texts).map(([name, text]) => [join(root, name), [text, 0o640]])),
    );
    expect(sections.get('says')).toEqual({ rc: 0, text: 'no newline' });
    expect(sections.get('no-such-program')).toEqual({ rc: 127, text: '' });
    expect(sections.get('version')).toEqual({ rc: 0, text: '1.2' });
  });

  it('tell-clients sends each connection a segment that its client answers', () => {
    // HAProxy's table, and raw sockets that are files.
    stub(
      'socat',
      `case $* in
  *UNIX-CONNECT*) cat >>"$ROOT/asked"; echo '0x5: key=::ffff:192.0.2.9:40000>192.0.2.100 use=0 exp=1 gpc0=1'; echo '0x6: key=192.0.2.9:40001>192.0.2.200 use=0 exp=1 gpc0=1' ;;
  *) cat >>"$ROOT/sent"; echo "$*" >>"$ROOT/to" ;;
esac`,
    );
    expect(run(tellScript(spec, assumedFacts), ['192.0.2.100']).status).toBe(0);
    const sent = Buffer.from(recorded('sent'), 'latin1');
    // Three times what was touched and what was not: some may be lost. Never for the other VIP.
    expect(sent.length).toBe(6 * 20);
    expect(new Set(recorded('to').trim().split('\n'))).toEqual(
      new Set(['-u -b 20 - IP4-SENDTO:192.0.2.9:6,bind=192.0.2.100']),
    );
    const segment = sent.subarray(0, 20);
    expect([segment.readUInt16BE(0), segment.readUInt16BE(2)]).toEqual([spec.endpoint.port, 40_000]);
    expect([segment.readUInt32BE(4), segment.readUInt32BE(8), segment.readUInt16BE(12)]).toEqual([0, 0, 0x5010]);
    const pseudoHeader = Buffer.from([192, 0, 2, 100, 192, 0, 2, 9, 0, 6, 0, 20]);
    expect(onesComplement(Buffer.concat([pseudoHeader, segment]))).toBe(0xffff);
  });

  it.each([
    ['', false, true],
    ['inet 192.0.2.100/32', false, false],
    ['', true, false],
  ])('tell-clients, where the node has "%s" and keeps connections: %s, ends what is left: %s', (held, kept, ends) => {
    stub('ip', `echo '${held}'`.replace("echo ''", ':'));
    stub('ss', 'echo "$*" >>"$ROOT/ended"');
    const program = tellScript(spec, assumedFacts).replaceAll(keptFile('$vip'), join(root, 'kept-$vip'));
    if (kept) writeFileSync(join(root, 'kept-192.0.2.100'), '1 1');
    expect(run(program, ['192.0.2.100', 'gone']).status).toBe(0);
    const ended = existsSync(join(root, 'ended')) ? recorded('ended').trim() : '';
    expect(ended).toBe(ends ? `-K state connected src 192.0.2.100 sport = :${spec.endpoint.port}` : '');
  });

  // Nodes have dash; 120,000 segments take other shells half a minute, and the bound is the same.
  it.runIf(program === 'dash')(
    'tell-clients sends no more than its table has places, to no key that is none',
    () => {
      const [most, entries] = [20_000, 21_000];
      stub(
        'socat',
        `case $* in
  *UNIX-CONNECT*) cat >/dev/null
      echo '0x5: key=192.0.2.8:1>192.0.2.100;reboot use=0 exp=1 gpc0=1'
      echo '0x5: key=$(reboot):1>192.0.2.100 use=0 exp=1 gpc0=1'
      echo '0x5: key=192.0.2.8:123456>192.0.2.100 use=0 exp=1 gpc0=1'
      seq -f '0x5: key=192.0.2.9:%.0f>192.0.2.100 use=0 exp=1 gpc0=1' 1001 ${1000 + entries} ;;
  *) cat >>"$ROOT/flood"; echo "$*" >>"$ROOT/flooded" ;;
esac`,
      );
      expect(run(tellScript(spec, assumedFacts), ['192.0.2.100']).status).toBe(0);
      expect(recorded('flood').length).toBe(6 * (most - 3) * 20);
      expect(new Set(recorded('flooded').trim().split('\n'))).toEqual(
        new Set(['-u -b 20 - IP4-SENDTO:192.0.2.9:6,bind=192.0.2.100']),
      );
    },
    180_000,
  );

  it.each([3600, -3600])('keep-connections keeps what goes on though the clock is set by %i s each second', (step) => {
    const passes = 30;
    stub('ip', ':');
    stub('date', `at=$(cat "$ROOT/at" 2>/dev/null || echo 1764009307); echo $((at + ${step})) | tee "$ROOT/at"`);
    stub('sleep', 'echo x >>"$ROOT/slept"');
    // One connection for as many seconds, and then none.
    stub(
      'ss',
      `case $* in
  *-K*established*) echo "$*" >>"$ROOT/ended" ;;
  *-Htn*) [ "$(grep -c x "$ROOT/slept" 2>/dev/null)" -ge ${passes} ] || echo ESTAB ;;
esac`,
    );
    writeFileSync(join(root, 'slept'), '');
    const script = keepScript(spec, node, assumedFacts).replaceAll(keptFile('$vip'), join(root, 'kept-$vip'));
    expect(run(script, ['hold', '192.0.2.1']).status).toBe(0);
    const slept = recorded('slept').length / 2;
    expect(slept).toBeGreaterThanOrEqual(passes);
    // Then it waits until it is surely quiet, and ends.
    expect(slept).toBeLessThan(passes + 60);
    expect(recorded('kept-192.0.2.1')).toMatch(/^0 \d{1,2}\n$/);
  });

  it('keep-connections asks nft for rules of both families', () => {
    stub('nft', 'cat >>"$ROOT/rules"');
    expect(run(keepScript(spec, node, assumedFacts), ['can']).status).toBe(0);
    expect(recorded('rules')).toContain('table ip k8s_ha_kept_192_0_2_1 {');
    expect(recorded('rules')).toContain('table ip6 k8s_ha_kept_2001_db8__1 {');
  });

  it.each([
    ['HTTP/1.0 200 OK', 'inet 192.0.2.100/32', 0, '?holds=1'],
    ['HTTP/1.0 503 Service Unavailable', 'inet 192.0.2.100/32', 1, '?holds=1'],
    ['HTTP/1.0 503 Service Unavailable', '', 1, '?holds=0'],
    ['', '', 0, '?holds=0'],
  ])('check-support, told "%s" with "%s", ends with %s', (answer, address, status, asked) => {
    stub('ip', `echo '${address}'`.replace("echo ''", ':'));
    stub('socat', `cat >>"$ROOT/asked"; printf '%s' '${answer}'`);
    expect(run(supportScript(assumedFacts, fakeTimers), ['192.0.2.100']).status).toBe(status);
    expect(recorded('asked').split('\n')[0]).toBe(`GET /support/192.0.2.100${asked} HTTP/1.0`);
  });

  it.each([
    ['1\n# be_id be_name\n3 api\n', true],
    ['Unknown command\n', false],
  ])('the state of servers that HAProxy tells as %j is saved: %s', (said, saved) => {
    stub('socat', `cat >/dev/null; printf '%s' '${said}'`);
    const script = saveStateScript().replaceAll(paths.serverState, join(root, 'state'));
    writeFileSync(join(root, 'state'), 'before');
    expect(run(script).status).toBe(0);
    expect(recorded('state')).toBe(saved ? said : 'before');
  });
});

/** The sum of which a checksum is the complement (RFC 1071). */
function onesComplement(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}
