import type { BalancerRow, Expectation } from './cases.ts';

interface Balancer {
  readonly defaults?: readonly string[];
  readonly backend?: readonly string[];
  readonly server?: string;
  readonly frontend?: readonly string[];
  readonly tail?: readonly string[];
}

function haproxy({
  defaults = ['timeout connect 1s'],
  backend = [],
  server = 'check',
  frontend = ['mode tcp'],
  tail = [],
}: Balancer): string {
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);
  return [
    'defaults',
    '    mode tcp',
    '    timeout client 1m',
    '    timeout server 1m',
    ...indented(defaults),
    'frontend api_in',
    '    bind :7443',
    ...indented(frontend),
    '    default_backend api_servers',
    'backend api_servers',
    ...indented(backend),
    `    server cp1 10.99.1.11:6443 ${server}`,
    `    server cp2 10.99.1.12:6443 ${server}`,
    ...tail,
    '',
  ].join('\n');
}

function balancer(
  name: string,
  rule: string,
  expect: Expectation,
  fault: BalancerRow['fault'],
  config: Balancer,
  waitMs = 15_000,
): BalancerRow {
  return { program: 'HAProxy', name, rule, expect, fault, waitMs, config: haproxy(config) };
}

const ready = ['option httpchk GET /readyz'];
const limits = ['timeout connect 800ms', 'timeout check 2s'];
const tls = 'check check-ssl verify none inter 1s fall 2';

export const balancerRows: readonly BalancerRow[] = [
  balancer('a bare check, dead machine', 'import-tcp-check', 'within', 'dead', { server: 'check inter 1s fall 2' }),
  balancer('a bare check with timeout check and connect, dead machine', 'import-tcp-check', 'within', 'dead', {
    defaults: limits,
    server: 'check inter 2s fall 3',
  }),
  balancer(
    'a bare check, hung process',
    'import-tcp-check',
    'never',
    'hung',
    { server: 'check inter 1s fall 2' },
    8000,
  ),
  balancer(
    'a bare check, not ready',
    'import-tcp-check',
    'never',
    'unready',
    { server: 'check inter 1s fall 2' },
    8000,
  ),
  balancer('httpchk with check-ssl, dead machine', 'import-api-check-slow', 'within', 'dead', {
    defaults: limits,
    backend: ready,
    server: tls,
  }),
  balancer('httpchk with check-ssl, hung process', 'import-api-check-slow', 'within', 'hung', {
    defaults: limits,
    backend: ready,
    server: tls,
  }),
  balancer('httpchk with check-ssl, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: tls,
  }),
  balancer('inter 500 ms, timeout check 2 s, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: 'check check-ssl verify none inter 500ms fall 3',
  }),
  balancer('without timeout check, no answer', 'import-api-check-slow', 'within', 'stuck', {
    backend: ready,
    server: 'check check-ssl verify none inter 1500ms fall 3',
  }),
  balancer('without timeout check, hung process', 'import-api-check-slow', 'within', 'hung', {
    backend: ready,
    server: 'check check-ssl verify none inter 1500ms fall 3',
  }),
  balancer('fastinter 300 ms, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: 'check check-ssl verify none inter 2s fastinter 300ms fall 3',
  }),
  balancer('http-check connect ssl, hung process', 'import-api-check-slow', 'within', 'hung', {
    defaults: limits,
    backend: ['option httpchk', 'http-check connect ssl', 'http-check send meth GET uri /readyz'],
    server: 'check verify none inter 2s fall 3',
  }),
  balancer('timeout check shorter than inter, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: ['timeout connect 3s', 'timeout check 500ms'],
    backend: ready,
    server: 'check check-ssl verify none inter 3s fall 2',
  }),
  balancer('ssl on the server line is for the check too, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: 'ssl check verify none inter 2s fall 2',
  }),
  balancer('check-ssl without httpchk, hung process', 'import-check-handshake', 'within', 'hung', {
    server: 'check check-ssl verify none inter 2s fall 3',
  }),
  balancer(
    'check-ssl without httpchk, not ready',
    'import-check-handshake',
    'never',
    'unready',
    { server: 'check check-ssl verify none inter 1s fall 2' },
    8000,
  ),
  balancer('ssl-hello-chk after httpchk, hung process', 'import-check-handshake', 'within', 'hung', {
    defaults: limits,
    backend: [...ready, 'option ssl-hello-chk'],
    server: 'check inter 1s fall 2',
  }),
  balancer(
    'ssl-hello-chk after httpchk, not ready',
    'import-check-overridden',
    'never',
    'unready',
    { defaults: limits, backend: [...ready, 'option ssl-hello-chk'], server: 'check inter 1s fall 2' },
    8000,
  ),
  balancer(
    'httpchk without check-ssl',
    'import-check-plain-http',
    'all down',
    'none',
    { backend: ready, server: 'check inter 500ms fall 2' },
    4000,
  ),
  balancer(
    'mysql-check after httpchk',
    'import-check-of-another-program',
    'all down',
    'none',
    { backend: [...ready, 'option mysql-check'], server: 'check inter 500ms fall 2' },
    4000,
  ),
  balancer(
    'mode http',
    'import-tls-through-http',
    'not served',
    'none',
    { frontend: ['mode http'], backend: ['mode http'] },
    0,
  ),
  balancer(
    'two backends of one name',
    'import-duplicate-section',
    'refused',
    'none',
    { tail: ['backend api_servers', '    server cp3 10.99.1.13:6443'] },
    0,
  ),
  balancer(
    'a backend that is not there',
    'import-backend-undefined',
    'refused',
    'none',
    { frontend: ['use_backend other if TRUE'] },
    0,
  ),
  balancer(
    'two servers of one name',
    'import-duplicate-server',
    'refused',
    'none',
    { tail: ['    server cp1 10.99.1.13:6443'] },
    0,
  ),
];
