import { readFileSync } from 'node:fs';
import type { Bench } from './bench.ts';

function fixture(path: string): string {
  return readFileSync(new URL(`../../fixtures/import/tutorial/${path}`, import.meta.url), 'utf8');
}

const nodes = [171, 172, 173].map((last) => `172.16.217.${last}`);
const vips = ['172.16.100.100', '172.16.100.101'];

/** What the tutorial's container image makes of its keepalived.conf; Debian has `ss` where the image has `netstat`. */
function keepalivedConf(first: boolean): string {
  return fixture('vrrp/keepalived.conf')
    .replaceAll('netstat -nlp', 'ss -nlpt')
    .replaceAll('{{ KEEPALIVED_INTERFACE }}', 'eth0')
    .replaceAll('{{ KEEPALIVED_STATE }}', first ? 'MASTER' : 'BACKUP')
    .replaceAll('{{ KEEPALIVED_ROUTER_ID }}', '51')
    .replaceAll('{{ KEEPALIVED_PRIORITY }}', '150')
    .replaceAll('{{ KEEPALIVED_UNICAST_PEERS }}', nodes.join('\n    '))
    .replaceAll('{{ KEEPALIVED_VIRTUAL_IPS }}', vips.join('\n    '))
    .replaceAll('{{ KEEPALIVED_PASSWORD }}', 'secret')
    .replaceAll('{{ KEEPALIVED_NOTIFY }}', '');
}

/** HAProxy does not start with three servers of one name. */
function haproxyCfg(): string {
  let count = 0;
  return fixture('proxy/haproxy.cfg').replaceAll(/^( +server) master /gm, (_, head: string) => {
    count += 1;
    return `${head} cp${count} `;
  });
}

function heredoc(path: string, text: string): string {
  return `cat >${path} <<'END_OF_FILE'\n${text}\nEND_OF_FILE`;
}

/** The tutorial's settings, run by Debian's own services on every node: both VIPs are on the first one in the end. */
export async function startFormer(bench: Bench): Promise<void> {
  for (const [index, { name }] of bench.state.nodes.entries())
    bench.on(
      name,
      [
        'set -e',
        'systemctl --no-reload mask --runtime --quiet keepalived.service haproxy.service',
        'DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends keepalived haproxy >/dev/null 2>&1',
        'systemctl --no-reload unmask --runtime --quiet keepalived.service haproxy.service',
        heredoc('/etc/keepalived/keepalived.conf', keepalivedConf(index === 0)),
        heredoc('/etc/haproxy/haproxy.cfg', haproxyCfg()),
        'echo HAPROXY_PORT=7443 >>/etc/default/haproxy',
        'systemctl daemon-reload',
        'systemctl enable --quiet haproxy keepalived 2>/dev/null',
        'systemctl restart haproxy keepalived',
      ].join('\n'),
    );
}

/** What the tutorial's image of keepalived does when it starts: a script of its own runs keepalived and passes on what ends it. */
const toolRun = `#!/bin/bash
# Left behind by a loss of power: with one, keepalived takes itself for another that runs already.
rm -rf /run/keepalived* /run/vrrp.pid
keepalived -f /usr/local/etc/keepalived/keepalived.conf --dont-fork --log-console &
trap 'kill -TERM $!' TERM
wait $!
wait $!`;

const images = { haproxy: 'docker.io/library/haproxy:2.3-alpine', keepalived: 'docker.io/osixia/keepalived:2.0.20' };
const folder = '/root/k8s-ha-tutorial';

/** Of the lab's machines: their control groups are not theirs, and they reach no registry. */
const here = '--cgroups=disabled --pull=never';

/**
 * The tutorial's set-up as it starts it: containers in the host's network with a restart policy, under the names of its images,
 * from the image that the lab's machines have.
 */
export function startFormerContainers(bench: Bench, image: string): void {
  for (const [index, { name }] of bench.state.nodes.entries())
    bench.on(
      name,
      [
        'set -e',
        'DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends podman crun >/dev/null 2>&1',
        // By its id: under a name it is the one that machines share, to which no name can be added.
        `podman tag "$(podman images --quiet ${image})" ${Object.values(images).join(' ')}`,
        `mkdir -p ${folder}/proxy ${folder}/vrrp ${folder}/tool`,
        heredoc(`${folder}/proxy/haproxy.cfg`, haproxyCfg()),
        heredoc(`${folder}/vrrp/keepalived.conf`, keepalivedConf(index === 0)),
        heredoc(`${folder}/tool/run`, toolRun),
        `chmod +x ${folder}/tool/run`,
        // As the image's entry point has it: in the foreground.
        `podman run -d --name haproxy ${here} --net=host -v ${folder}/proxy:/usr/local/etc/haproxy --restart=always -e HAPROXY_PORT=7443 ${images.haproxy} haproxy -W -db -f /usr/local/etc/haproxy/haproxy.cfg`,
        [
          `podman run -d --name keepalived ${here} --net=host --cap-add=NET_ADMIN --cap-add=NET_BROADCAST --cap-add=NET_RAW`,
          `-v ${folder}/vrrp/keepalived.conf:/usr/local/etc/keepalived/keepalived.conf -v ${folder}/tool:/container/tool`,
          `--restart=always -e KEEPALIVED_INTERFACE=eth0 -e KEEPALIVED_PASSWORD=secret -e KEEPALIVED_STATE=${index === 0 ? 'MASTER' : 'BACKUP'}`,
          `-e "KEEPALIVED_VIRTUAL_IPS=#PYTHON2BASH:['${vips.join("', '")}']" -e "KEEPALIVED_UNICAST_PEERS=#PYTHON2BASH:['${nodes.join("', '")}']"`,
          `--entrypoint=/container/tool/run ${images.keepalived} --copy-service`,
        ].join(' '),
      ].join('\n'),
    );
}
