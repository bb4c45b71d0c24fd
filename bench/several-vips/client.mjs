// A client that knows several addresses of the API, as one name has them: a new connection each 20 ms, with what Node.js does
// where an address is silent (it tries the next one after 250 ms). `curl` tries them too, one call after another.
// node client.mjs CA-FILE SECONDS ADDRESS… prints one line of JSON.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const [caFile, seconds, ...addresses] = process.argv.slice(2);
const ca = readFileSync(caFile);
const endMs = performance.now() + Number(seconds) * 1000;

const lookup = (_name, _options, done) =>
  done(
    null,
    addresses.map((address) => ({ address, family: 4 })),
  );

const ask = () =>
  new Promise((resolve) => {
    const began = performance.now();
    const ended = (ok) => resolve({ ok, ms: performance.now() - began });
    const sent = request(
      {
        host: 'kubernetes',
        port: 7443,
        path: '/version',
        ca,
        agent: false,
        lookup,
        autoSelectFamily: true,
        timeout: 5000,
      },
      (answer) =>
        answer
          .resume()
          .on('end', () => ended(answer.statusCode === 200))
          .on('error', () => ended(false)),
    );
    sent.on('timeout', () => sent.destroy(new Error('timeout'))).on('error', () => ended(false));
    sent.end();
  });

const curl = () =>
  new Promise((resolve) => {
    const resolveOption = `kubernetes:7443:${addresses.join(',')}`;
    const argv = ['-s', '-o', '/dev/null', '-w', '%{http_code} %{time_total}', '--max-time', '5', '--cacert', caFile];
    const child = spawn('curl', [...argv, '--resolve', resolveOption, 'https://kubernetes:7443/version']);
    let said = '';
    child.stdout.on('data', (chunk) => (said += chunk));
    child.on('close', () => {
      const [code, total] = said.split(' ');
      resolve({ ok: code === '200', ms: Number(total) * 1000 });
    });
  });

const figures = (answers) => ({
  requests: answers.length,
  failed: answers.filter(({ ok }) => !ok).length,
  slowestMs: Math.round(Math.max(...answers.filter(({ ok }) => ok).map(({ ms }) => ms))),
});

const byCurl = (async () => {
  const answers = [];
  while (performance.now() < endMs) answers.push(await curl());
  return answers;
})();
const asked = [];
await new Promise((resolve) => {
  const timer = setInterval(() => {
    if (performance.now() < endMs) return void asked.push(ask());
    clearInterval(timer);
    resolve();
  }, 20);
});
console.log(JSON.stringify({ node: figures(await Promise.all(asked)), curl: figures(await byCurl) }));
