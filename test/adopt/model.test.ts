import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { apiElections } from '../../src/adopt/election/election.ts';
import { failedPriority, healthyPriority, neverPreempts, trackingOf } from '../../src/adopt/election/member.ts';
import { checkOf, sees, serverDownBound, type ServerFault } from '../../src/adopt/haproxy/check.ts';
import { sightOf } from '../../src/adopt/sight.ts';

function pathOf(lines: readonly string[], server: string) {
  const text = [
    'listen api',
    '    mode tcp',
    '    bind :1',
    ...lines.map((line) => `    ${line}`),
    `    server a 10.0.0.1:6443 ${server}`,
    '',
  ].join('\n');
  const path = adopt([{ file: 'haproxy.cfg', text }]).setup.nodes[0]?.haproxy?.api;
  const first = path?.servers[0];
  if (!path || !first) throw new Error('no path');
  return { backend: path.backend, server: first, check: checkOf(path.backend, first) };
}

const ready = 'option httpchk GET /readyz';

describe("HAProxy's check", () => {
  it.each([
    ['without check', [], '', 'none'],
    ['a bare check', [], 'check', 'connect'],
    ['with TLS', [], 'check check-ssl', 'handshake'],
    ['httpchk', [ready], 'check check-ssl', 'http'],
    ['the last option: ssl-hello-chk', [ready, 'option ssl-hello-chk'], 'check', 'handshake'],
    ['the last option: mysql-check', [ready, 'option mysql-check'], 'check', 'foreign'],
    ['the last option: httpchk', ['option tcp-check', ready], 'check', 'http'],
    ['bytes of its own', ['option tcp-check', 'tcp-check expect string x'], 'check', 'other'],
    ['another server', [], 'check track b/c', 'other'],
  ] as const)('%s', (_, lines, server, kind) => {
    expect(pathOf(lines, server).check.kind).toBe(kind);
  });

  it('knows TLS from check-ssl, ssl and http-check connect', () => {
    expect(pathOf([ready], 'check').check.tls).toBe(false);
    expect(pathOf([ready], 'ssl check').check.tls).toBe(true);
    expect(pathOf([ready], 'ssl check port 8080').check.tls).toBe(false);
    expect(pathOf([ready, 'http-check connect ssl'], 'check').check.tls).toBe(true);
  });

  it.each([
    ['connect', [true, false, false, false]],
    ['handshake', [true, true, false, false]],
    ['http', [true, true, true, true]],
  ] as const)('of kind %s sees what it can', (kind, seen) => {
    const faults: readonly ServerFault[] = ['dead', 'hung', 'stuck', 'unready'];
    expect(faults.map((fault) => sees({ kind, tls: true, name: '' }, fault))).toEqual(seen);
  });

  // Each was measured with HAProxy 2.6.12 (docs/import-claims.md).
  it.each([
    ['a machine that is dead', [], 'check inter 1s fall 2', 'dead', 4000],
    ['both timeouts', ['timeout connect 800ms', 'timeout check 2s'], 'check inter 2s fall 3', 'dead', 8400],
    [
      'no timeout check: inter for all',
      [ready, 'timeout connect 1s'],
      'check check-ssl inter 1500ms fall 3',
      'stuck',
      9000,
    ],
    [
      'a longer timeout check',
      [ready, 'timeout connect 800ms', 'timeout check 2s'],
      'check check-ssl inter 500ms fall 3',
      'stuck',
      7500,
    ],
    [
      'a shorter timeout check',
      [ready, 'timeout connect 3s', 'timeout check 500ms'],
      'check check-ssl inter 3s fall 2',
      'stuck',
      12_000,
    ],
    [
      'fastinter',
      [ready, 'timeout connect 800ms', 'timeout check 2s'],
      'check check-ssl inter 2s fastinter 300ms fall 3',
      'stuck',
      8600,
    ],
    ['a handshake', [], 'check check-ssl inter 2s fall 3', 'hung', 12_000],
  ] as const)('has a server down in time: %s', (_, lines, parameters, fault, upperMs) => {
    const { backend, server, check } = pathOf(lines, parameters);
    expect(serverDownBound(backend, server, check, fault).upperMs).toBe(upperMs);
  });

  it('comes later with spread-checks', () => {
    const { backend, server, check } = pathOf([], 'check inter 1s fall 2');
    expect(serverDownBound(backend, server, check, 'dead', 50).upperMs).toBe(5000);
    expect(serverDownBound(backend, server, check, 'dead', 50).lowerMs).toBe(1500);
  });
});

function memberOf(instance: string, before = '') {
  const text = `vrrp_script c {\n script "/x"\n weight -60\n}\n${before}vrrp_instance x {\n${instance}\n virtual_ipaddress { 10.0.0.1 }\n track_script { c }\n}\n`;
  const [election] = apiElections(adopt([{ file: 'keepalived.conf', text }]).setup);
  const held = election?.members[0];
  if (!held) throw new Error('no instance');
  return { held, tracking: trackingOf(held) };
}

function group(lines: string): string {
  return `vrrp_sync_group g {\n group { x }\n${lines}\n}\n`;
}

describe("keepalived's priorities", () => {
  it.each([
    ['', 100],
    ['state MASTER', 255],
    ['priority 150', 150],
    ['state BACKUP\npriority 255', 255],
  ])('%s is %d', (lines, priority) => {
    expect(healthyPriority(memberOf(lines).held)).toBe(priority);
  });

  it('are clamped only after the sum', () => {
    const { held } = memberOf('priority 200\n track_script {\n c weight 101\n }');
    const [tracked] = trackingOf(held).counts;
    expect(healthyPriority(held)).toBe(254);
    expect(tracked && failedPriority(held, tracked)).toBe(200);
  });

  it('nopreempt does not count for state MASTER and for the address owner', () => {
    expect(neverPreempts(memberOf('nopreempt').held)).toBe(true);
    expect(neverPreempts(memberOf('state MASTER\n priority 100\n nopreempt').held)).toBe(false);
    expect(neverPreempts(memberOf('priority 255\n nopreempt').held)).toBe(false);
  });

  it('weights are ignored in a sync group and for the address owner', () => {
    expect(memberOf('priority 100', group('')).tracking.ignored[0]?.why).toBe('sync-group');
    expect(memberOf('priority 100', group('sync_group_tracking_weight')).tracking.ignored).toEqual([]);
    expect(memberOf('priority 255').tracking.ignored[0]?.why).toBe('owner');
  });
});

describe('a check script', () => {
  const haproxy =
    'listen api\n bind :8443\n mode tcp\n server a 10.0.0.1:6443\nlisten m\n mode http\n bind 127.0.0.1:8081\n monitor-uri /healthz\n';
  const kindOf = (command: string, text?: string) => {
    const files = [
      { file: 'haproxy.cfg', text: haproxy },
      { file: 'keepalived.conf', text: `vrrp_script c {\n script ${command}\n}\n` },
      ...(text === undefined ? [] : [{ file: 'check.sh', text }]),
    ];
    const { setup } = adopt(files);
    const script = setup.nodes[0]?.keepalived?.scripts[0];
    if (!script) throw new Error('no script');
    return sightOf(script, setup);
  };
  it.each([
    ['"/usr/bin/pgrep haproxy"', 'process'],
    ['"killall -0 haproxy"', 'process'],
    [`"/bin/sh -c 'ss -ltn | grep 8443'"`, 'list'],
    ['"/usr/bin/nc -z 127.0.0.1 8443"', 'connects'],
    [`"/bin/bash -c '</dev/tcp/127.0.0.1/8443'"`, 'connects'],
    ['"curl -fs http://127.0.0.1:8081/healthz"', 'answer'],
    ['"curl -fsk https://127.0.0.1:8443/healthz"', 'api'],
    ['"curl -fsk https://127.0.0.1:6443/"', 'api'],
    ['"/bin/true"', 'constant'],
    [`"/bin/sh -c 'curl -fs http://127.0.0.1:8081/healthz || true'"`, 'constant'],
    ['"/opt/somewhere"', 'unknown'],
  ])('%s sees: %s', (command, kind) => {
    expect(kindOf(command).kind).toBe(kind);
  });

  it.each([
    ['exit 0 whatever it saw', 'pgrep haproxy\nexit 0\n', 'constant'],
    ['exit 1 somewhere', 'pgrep haproxy || exit 1\nexit 0\n', 'process'],
    ['its last status', 'curl -fs http://127.0.0.1:8081/healthz\n', 'answer'],
    ['set -e', 'set -e\npgrep haproxy\nexit 0\n', 'process'],
  ])('that was given ends with %s', (_, text, kind) => {
    expect(kindOf('"/etc/check.sh"', `#!/bin/sh\n${text}`).kind).toBe(kind);
  });

  it('takes any status for good without -f, and may stop keepalived itself', () => {
    expect(kindOf('"curl -s http://127.0.0.1:8081/healthz"').ignoresStatus).toBe(true);
    expect(kindOf('"curl -fsS http://127.0.0.1:8081/healthz"').ignoresStatus).toBe(false);
    expect(kindOf('"/etc/check.sh"', '#!/bin/sh\npidof haproxy || systemctl stop keepalived\n').stopsKeepalived).toBe(
      true,
    );
  });
});
