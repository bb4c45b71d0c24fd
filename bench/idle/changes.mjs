// Changes data.value of a ConfigMap again and again: usage: node changes.mjs KUBECONFIG NAME EVERY_MS HOST...
// Asks one API server by its own address, and the next one when it fails. Prints a line for each change that was acknowledged.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';

const [file, name, everyMs, ...hosts] = process.argv.slice(2);
const { clusters, users } = parse(readFileSync(file, 'utf8'));
const bytes = (text) => Buffer.from(text, 'base64');
const credentials = {
  ca: bytes(clusters[0].cluster['certificate-authority-data']),
  cert: bytes(users[0].user['client-certificate-data']),
  key: bytes(users[0].user['client-key-data']),
  servername: 'kubernetes',
};
const agent = new Agent({ keepAlive: true, maxSockets: 1, ...credentials });
const path = '/api/v1/namespaces/default/configmaps';

const ask = (method, where, type, body) =>
  new Promise((resolve) => {
    const headers = { 'content-type': type };
    const sent = request({ host: hosts[0], port: 6443, method, path: where, agent, headers, timeout: 2000 });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(0));
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sent.end(JSON.stringify(body));
  });

await ask('POST', path, 'application/json', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} });
for (let value = 1; ; value += 1) {
  const status = await ask('PATCH', `${path}/${name}`, 'application/merge-patch+json', {
    data: { value: String(value) },
  });
  if (status === 200) process.stdout.write(`${value}\n`);
  else hosts.push(hosts.shift());
  await sleep(Number(everyMs));
}
