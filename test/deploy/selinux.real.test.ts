import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPrograms } from './missing.ts';

const sources = new URL('../../deploy/selinux/', import.meta.url).pathname;

/** What of the Red Hat family's policy the module names and Debian's has not. */
const redHat = `module redhat 1.0;
require { attribute file_type, domain; role system_r; }
type haproxy_t, domain;
type keepalived_t, domain;
type keepalived_unconfined_script_t, domain;
type unconfined_service_t, domain;
type kubernetes_file_t, file_type;
role system_r types { haproxy_t keepalived_t keepalived_unconfined_script_t unconfined_service_t };
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-selinux-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });

/** The commands of docs/guides/selinux.md. */
function compile(te: string, fc?: string): void {
  const name = te.replace(/^.*\/|\.te$/g, '');
  run('checkmodule', '-M', '-m', '-o', `${name}.mod`, te);
  run('semodule_package', '-o', `${name}.pp`, '-m', `${name}.mod`, ...(fc === undefined ? [] : ['-f', fc]));
}

const missingCompiler = missingPrograms("SELinux's policy module", ['checkmodule', 'semodule_package']);

describe.skipIf(missingCompiler.length > 0)("SELinux's policy module", () => {
  test('compiles by the commands of its page', () => {
    compile(join(sources, 'k8s_ha.te'), join(sources, 'k8s_ha.fc'));
    expect(existsSync(join(folder, 'k8s_ha.pp'))).toBe(true);
  });

  const store = '/var/lib/selinux/default/active/modules';
  const missing = missingPrograms("SELinux's policy module in a policy", ['semodule', 'sesearch', 'matchpathcon']);
  const reason =
    process.getuid?.() !== 0 ? 'it needs root' : existsSync(store) ? '' : 'selinux-policy-default is not installed';
  if (reason !== '') process.stderr.write(`LEFT OUT: SELinux's policy module in a policy, because ${reason}.\n`);

  /** Nothing of this machine's SELinux: a copy of Debian's policy in a folder, which is not loaded. */
  describe.skipIf(missing.length > 0 || reason !== '')(
    "in Debian's reference policy, with the Red Hat family's types",
    () => {
      let policy = '';
      const rules = (...query: readonly string[]): readonly string[] =>
        run('sesearch', ...query, policy)
          .split('\n')
          .filter((line) => line !== '');

      beforeAll(() => {
        writeFileSync(join(folder, 'redhat.te'), redHat);
        compile('redhat.te');
        compile(join(sources, 'k8s_ha.te'), join(sources, 'k8s_ha.fc'));
        run('mkdir', '-p', 'root/etc', 'root/var/lib');
        run('cp', '-a', '/etc/selinux', 'root/etc/');
        run('cp', '-a', '/var/lib/selinux', 'root/var/lib/');
        run('semodule', '-n', '-p', join(folder, 'root'), '-s', 'default', '-i', 'redhat.pp', 'k8s_ha.pp');
        policy = run('find', 'root/etc/selinux/default/policy', '-name', 'policy.*').trim();
      }, 180_000);

      test('lets HAProxy bind and connect to ports without a label', () => {
        expect(rules('-A', '-s', 'haproxy_t', '-c', 'tcp_socket', '-p', 'name_bind')).toEqual([
          'allow haproxy_t unreserved_port_t:tcp_socket { name_bind name_connect };',
        ]);
      });

      test("has keepalived's scripts leave its domain, under NoNewPrivileges too", () => {
        expect(rules('-T', '-s', 'keepalived_t')).toEqual([
          'type_transition keepalived_t k8s_ha_etc_t:process keepalived_unconfined_script_t;',
        ]);
        expect(rules('-A', '-s', 'keepalived_t', '-c', 'process2')).toEqual([
          'allow keepalived_t keepalived_unconfined_script_t:process2 { nnp_transition nosuid_transition };',
        ]);
        expect(rules('-A', '-s', 'keepalived_unconfined_script_t', '-c', 'file', '-p', 'entrypoint')).toHaveLength(1);
      });

      test('gives our folders their types, from when they are made', () => {
        expect(rules('-T', '-s', 'unconfined_t', '-t', 'etc_t').filter((rule) => rule.includes('k8s-ha'))).toEqual([
          'type_transition unconfined_t etc_t:dir k8s_ha_etc_t k8s-ha;',
        ]);
        const contexts = join(folder, 'root/etc/selinux/default/contexts/files/file_contexts');
        const typeOf = (path: string): string =>
          run('matchpathcon', '-n', '-f', contexts, path).trim().split(':')[2] ?? '';
        for (const path of ['/etc/k8s-ha', '/etc/k8s-ha/check-haproxy', '/etc/k8s-ha/pki/health-check.pem'])
          expect(typeOf(path)).toBe('k8s_ha_etc_t');
        for (const path of ['/run/k8s-ha', '/var/run/k8s-ha/haproxy.sock']) expect(typeOf(path)).toBe('k8s_ha_run_t');
        expect(typeOf('/etc/k8s-ham')).toBe('etc_t');
      });
    },
  );
});
