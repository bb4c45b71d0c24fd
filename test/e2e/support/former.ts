import { readFileSync } from 'node:fs';
import type { Bench } from './bench.ts';

const fixture = (path: string): string =>
  readFileSync(new URL(`../../fixtures/import/tutorial/${path}`, import.meta.url), 'utf8');

const nodes = [171, 172, 173].map((last) => `172.16.217.${last}`);
const vips = ['172.16.100.100', '172.16.100.101'];

/** What the tutorial's container image makes of its keepalived.conf; Debian has `ss` where the image has `netstat`. */
const keepalivedConf = (first: boolean): string =>
  fixture('vrrp/keepalived.conf')
    .replaceAll('netstat -nlp', 'ss -nlpt')
    .replaceAll('{{ KEEPALIVED_INTERFACE }}', 'eth0')
    .replaceAll('{{ KEEPALIVED_STATE }}', first ? 'MASTER' : 'BACKUP')
    .replaceAll('{{ KEEPALIVED_ROUTER_ID }}', '51')
    .replaceAll('{{ KEEPALIVED_PRIORITY }}', '150')
    .replaceAll('{{ KEEPALIVED_UNICAST_PEERS }}', nodes.join('\n    '))
    .replaceAll('{{ KEEPALIVED_VIRTUAL_IPS }}', vips.join('\n    '))
    .replaceAll('{{ KEEPALIVED_PASSWORD }}', 'secret')
    .replaceAll('{{ KEEPALIVED_NOTIFY }}', '');

/** HAProxy does not start with three servers of one name. */
const haproxyCfg = (): string => {
  let count = 0;
  return fixture('proxy/haproxy.cfg').replaceAll(/^( +server) master /gm, (_, head: string) => {
    count += 1;
    return `${head} cp${count} `;
  });
};

const heredoc = (path: string, text: string): string => `cat >${path} <<'END_OF_FILE'\n${text}\nEND_OF_FILE`;

/** The tutorial's settings, run by Debian's own services on every node: both VIPs are on the first one in the end. */
export const startFormer = async (bench: Bench): Promise<void> => {
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
};
