import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paths } from '../../src/node/paths.ts';
import { missingPrograms } from './missing.ts';

const additions = new URL('../../deploy/apparmor/', import.meta.url).pathname;
const missing = missingPrograms("AppArmor's additions", ['apparmor_parser']);

/** The real parser reads a profile as distributions ship them, with our additions; it loads nothing into the kernel. */
describe.skipIf(missing.length > 0).each(['haproxy', 'keepalived'] as const)(
  "AppArmor's additions for %s",
  (program) => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'k8s-ha-apparmor-'));
      mkdirSync(join(folder, 'local'));
      cpSync(join(additions, program), join(folder, 'local', program));
      writeFileSync(
        join(folder, program),
        `abi <abi/3.0>,\ninclude <tunables/global>\nprofile ${program} /usr/sbin/${program} {\n  include <abstractions/base>\n  include if exists <local/${program}>\n}\n`,
      );
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** Globs of the profile, as the parser understands them: regular expressions. */
    const patterns = (): readonly RegExp[] => {
      const parsed = spawnSync(
        '/usr/sbin/apparmor_parser',
        ['-Q', '-K', '-I', folder, '-I', '/etc/apparmor.d', '-D', 'rule-exprs', join(folder, program)],
        { encoding: 'utf8' },
      );
      expect(parsed.status, parsed.stderr).toBe(0);
      return [...`${parsed.stdout}${parsed.stderr}`.matchAll(/^aare: \/\S* +-> +(\/\S*)$/gm)].map(
        ([, expression = '']) => new RegExp(`^${expression}$`),
      );
    };

    test('are understood, and name every file that the program opens', () => {
      const named = patterns();
      const { haproxyConfig, haproxyPid, haproxySocket, haproxyMasterSocket, supportSocket, serverState, healthCert } =
        paths;
      const { keepalivedConfig, hmacKey, checkScript, supportScript, tellScript, keepScript } = paths;
      const { keepalivedPid, keepalivedVrrpPid, keepalivedJson, drain, haproxyDown } = paths;
      const opened = {
        haproxy: [
          haproxyConfig,
          haproxyPid,
          haproxySocket,
          haproxyMasterSocket,
          supportSocket,
          serverState,
          healthCert,
        ],
        keepalived: [
          keepalivedConfig,
          hmacKey,
          checkScript,
          supportScript,
          tellScript,
          keepScript,
          keepalivedPid,
          keepalivedVrrpPid,
          keepalivedJson,
          drain,
          haproxyDown,
        ],
      }[program];
      expect(opened.filter((path) => !named.some((pattern) => pattern.test(path)))).toEqual([]);
      // The patterns mean something: what is no file of ours is not named.
      expect(named.some((pattern) => pattern.test('/etc/shadow'))).toBe(false);
    });
  },
);
