// One kind of client that asks again and again by name, each time with a new connection. Tells as JSON how it went.
// argv: curl|kubectl|node SECONDS CAFILE PROGRAM. The name api.lab is in /etc/hosts.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';

const [kind, seconds, caFile, program] = process.argv.slice(2);
const url = 'https://api.lab:7443';
const ca = readFileSync(caFile);

const ended = (argv) =>
  new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), { stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('exit', (rc) => resolve(rc === 0));
  });
const ask = {
  curl: () => ended([program, '-s', '--noproxy', '*', '--max-time', '10', '--cacert', caFile, `${url}/version`]),
  kubectl: () =>
    ended([
      program,
      '--kubeconfig=/dev/null',
      `--server=${url}`,
      `--certificate-authority=${caFile}`,
      '--request-timeout=10s',
      'get',
      '--raw=/version',
    ]),
  node: () =>
    new Promise((resolve) => {
      const request = get(`${url}/version`, { ca, agent: false, timeout: 10_000 }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode === 200));
        response.on('error', () => resolve(false));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    }),
}[kind];

const began = performance.now();
const took = [];
let failed = 0;
while (performance.now() - began < Number(seconds) * 1000) {
  const from = performance.now();
  if (!(await ask())) failed += 1;
  took.push(performance.now() - from);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
took.sort((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({ requests: took.length, failed, medianMs: took[Math.floor(took.length / 2)], longestMs: took.at(-1) })}\n`,
);
