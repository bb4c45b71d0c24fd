import { describe, expect, it } from 'vitest';
import { adopted } from './fixtures.ts';

const { findings, unread, spec } = adopted('tutorial');

/** The defects of the tutorial's set-up, each with the rules that say it and where. */
const defects: readonly (readonly [string, string, string, number])[] = [
  ['servers of the same name keep HAProxy from starting', 'import-duplicate-server', 'haproxy.cfg', 27],
  ["the second node's lines are swapped", 'import-swallowed-command', 'start.sh', 17],
  ['so it has no keepalived', 'import-no-keepalived', 'start.sh', 13],
  ['the priority is left at the default on every node', 'import-same-priority', 'keepalived.conf', 13],
  ['so is the router id', 'import-default-router-id', 'keepalived.conf', 12],
  ["HAProxy's death takes seconds", 'import-haproxy-death-slow', 'keepalived.conf', 6],
  ['grep matches anything, and a hung HAProxy passes', 'import-check-blind-to-hang', 'keepalived.conf', 5],
  ['scripts run as root without script security', 'import-script-security', 'keepalived.conf', 5],
  ['the password is in the arguments', 'import-password-in-arguments', 'start.sh', 7],
  ['and in clear on the wire', 'import-password-in-clear', 'keepalived.conf', 23],
  ['every node is its own peer', 'import-peer-is-itself', 'keepalived.conf', 16],
  ['there is no source address', 'import-no-source-address', 'keepalived.conf', 16],
  ['returning nodes take the VIP back', 'import-preempts', 'keepalived.conf', 11],
  ['the VIP is never announced again', 'import-no-garp-refresh', 'keepalived.conf', 9],
  ['the health check is a TCP connection', 'import-tcp-check', 'haproxy.cfg', 23],
  ['retries go to the same server', 'import-no-redispatch', 'haproxy.cfg', 11],
  ['idle watches are cut', 'import-idle-cut', 'haproxy.cfg', 12],
  ['there is room for 750 clients', 'import-few-connections', 'haproxy.cfg', 25],
  ['sessions on dead servers stay', 'import-sessions-stay', 'haproxy.cfg', 26],
  ['there is no stats socket', 'import-no-stats', 'haproxy.cfg', 2],
  ['HTTP is logged where there is none', 'import-http-log-in-tcp', 'haproxy.cfg', 9],
  ['both VIPs are in one instance', 'import-vips-in-one-instance', 'keepalived.conf', 19],
  ['the port depends on a variable', 'import-unset-variable', 'haproxy.cfg', 16],
  ['frontend and backend share a name', 'import-shared-name', 'haproxy.cfg', 21],
  ['the images are no longer maintained', 'import-old-image', 'start.sh', 4],
  ['the VIP is taken off by hand', 'import-vip-left-behind', 'start.sh', 38],
  ['nothing names the VIPs in the certificate', 'import-certificate-names', 'keepalived.conf', 19],
];

describe("the tutorial's set-up", () => {
  it.each(defects)('%s (%s)', (_, rule, file, line) => {
    const places = findings
      .filter((finding) => finding.rule === rule)
      .map(({ position }) => `${position?.file.split('/').at(-1)}:${position?.line}`);
    expect(places.map((place) => place.split(':')[0])).toContain(file);
    expect(places).toContain(`${file}:${line}`);
  });

  it('has nothing that is not understood, and becomes a cluster file with its addresses', () => {
    expect(unread).toEqual([]);
    expect(spec?.endpoint.virtualIPs.map(({ address }) => address)).toEqual(['172.16.100.100', '172.16.100.101']);
    expect(spec?.endpoint.port).toBe(7443);
    expect(spec?.nodes.map(({ address }) => address)).toEqual(['172.16.217.171', '172.16.217.172', '172.16.217.173']);
  });
});
