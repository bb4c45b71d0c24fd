import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/adopt/secrets.ts';
import { adopt } from '../../src/adopt/adopt.ts';

describe('a password is never shown', () => {
  it.each([
    ['        auth_pass hunter2', '        auth_pass *******'],
    [`        key 1 hex:${'a1'.repeat(32)}`, `        key 1 ${'*'.repeat(68)}`],
    [`        key 2 ${'k'.repeat(32)}`, `        key 2 ${'*'.repeat(32)}`],
    ['    stats auth admin:hunter2', '    stats auth admin:*******'],
    ['    user root insecure-password hunter2', '    user root insecure-password *******'],
    [
      'docker run -e KEEPALIVED_PASSWORD=hunter2 osixia/keepalived',
      'docker run -e KEEPALIVED_PASSWORD=******* osixia/keepalived',
    ],
    [
      '    script "/usr/bin/curl -fs -u admin:hunter2 http://127.0.0.1/"',
      '    script "/usr/bin/curl -fs -u admin:******* http://127.0.0.1/"',
    ],
    [
      '    http-check send hdr Authorization "Basic aHVudGVyMg=="',
      '    http-check send hdr Authorization "Basic ************"',
    ],
    ['      KEEPALIVED_PASSWORD: hunter2', '      KEEPALIVED_PASSWORD: *******'],
    ['curl http://admin:hunter2@127.0.0.1/', 'curl http://admin:*******@127.0.0.1/'],
  ])('%s', (line, shown) => {
    expect(withoutSecrets(line)).toBe(shown);
  });

  it.each([
    '        auth_type PASS',
    '        auth_pass {{ KEEPALIVED_PASSWORD }}',
    '    auth_hmac {',
    '        key 1 file:/etc/keepalived/keys/a-name-that-is-quite-long',
    '    bind 10.0.0.1:6443',
    'the nodes have a password of their own',
  ])('and nothing else is hidden: %s', (line) => {
    expect(withoutSecrets(line)).toBe(line);
  });

  it('in no finding, no list and no cluster file', () => {
    const text =
      'vrrp_instance x {\n  authentication {\n    auth_type PASS\n    auth_pass hunter2\n    auth_pass2 x\n  }\n}\n';
    expect(JSON.stringify({ ...adopt([{ file: 'keepalived.conf', text }]), setup: undefined })).not.toContain(
      'hunter2',
    );
  });
});
