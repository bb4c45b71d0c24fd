import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runDir } from '../../src/node/paths.ts';
import { watchHaproxyScript } from '../../src/render/scripts.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { freePort } from './support/api-server.ts';
import { placeHaproxy } from './support/haproxy.ts';

/** The rendered script beside a real HAProxy; nobody else is there who pulls the lever, or clears it. */
let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-watch-'));
  const spec = { ...fakeSpec(), endpoint: { ...fakeSpec().endpoint, port: await freePort() } };
  placeHaproxy(folder, spec, spec.nodes[0], await freePort());
  writeFileSync(join(folder, 'watch-haproxy'), watchHaproxyScript().replaceAll(runDir, folder));
  writeFileSync(join(folder, 'haproxy-down'), '0\n');
  // As systemd says it, from a file.
  writeFileSync(join(folder, 'systemctl'), '#!/bin/sh\n[ -f "$(dirname "$0")/active" ]\n', { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs shell beside HAProxy (`$haproxy`, started by `start`) and the script; what it printed. */
async function beside(shell: string, text: string): Promise<string> {
  const script = `cd ${folder}
PATH="${folder}:$PATH"
start() { haproxy -W -f haproxy.cfg -p haproxy.pid >>log 2>&1 & haproxy=$!; }
workers() { cat /proc/$haproxy/task/$haproxy/children; }
until_down() { for each in $(seq 100); do ! grep -q "$1" haproxy-down || break; sleep 0.05; done; cat haproxy-down; }
start
for each in $(seq 100); do [ ! -S haproxy.sock ] || break; sleep 0.1; done
${shell} ${folder}/watch-haproxy & watch=$!
sleep 1
${text}
kill $watch $haproxy 2>/dev/null; wait 2>/dev/null`;
  const file = join(folder, 'run.sh');
  writeFileSync(file, script);
  return new Promise((resolve) => {
    execFile('unshare', ['-p', '-f', '--mount-proc', 'sh', file], { timeout: 50_000 }, (_, out, said) =>
      resolve(`${out}${said}`),
    );
  });
}

test.each(['dash', 'bash --posix', 'busybox sh'])(
  'pulls the lever where the worker of HAProxy is killed, and where all of it is (by %s)',
  async (shell) => {
    const said = await beside(
      shell,
      `cat haproxy-down; kill -KILL $(workers); until_down 1
wait $haproxy 2>/dev/null; echo 0 >haproxy-down; start; sleep 2
cat haproxy-down; kill -KILL $haproxy $(workers); until_down 1`,
    );
    expect(said.split('\n'), said).toEqual(['0', '1', '0', '1', '']);
  },
);

test('leaves it where HAProxy is reloaded, hangs, or was not there', async () => {
  const said = await beside(
    'dash',
    `for each in 1 2 3 4 5; do kill -USR2 $haproxy; sleep 1; done
# Connections of the old workers end, and the script begins another one.
sleep 11; cat haproxy-down
stopped=$(workers); kill -STOP $stopped; sleep 1; cat haproxy-down; kill -CONT $stopped
kill $watch; kill -KILL $haproxy $stopped; wait $haproxy 2>/dev/null
dash ${folder}/watch-haproxy & watch=$!
sleep 1; cat haproxy-down`,
  );
  expect(said.split('\n'), said).toEqual(['0', '0', '0', '']);
});

test('clears what it pulled once HAProxy has started again, and not before', async () => {
  const said = await beside(
    'dash',
    `kill -KILL $haproxy $(workers); until_down 1; wait $haproxy 2>/dev/null
start; sleep 3; cat haproxy-down
touch active; until_down 0; sleep 3
echo 1 >haproxy-down; sleep 3; cat haproxy-down`,
  );
  // In the end somebody else has pulled it.
  expect(said.split('\n'), said).toEqual(['1', '1', '0', '1', '']);
});
