import { describe, expect, it } from 'vitest';
import { codenameOf, linesOfOther, linesOfRelease, parseDeb822, parseList } from '../../../src/lab/base/sources.ts';

const deb822 = `# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
  contrib
# another: comment
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/old
Suites: bookworm
Components: main
Enabled: no

Types: deb
URIs: https://third.example/apt
Suites: stable
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
`;

function source(suite: string) {
  return { suite, line: `deb http://m.example ${suite} main` };
}

describe('apt sources', () => {
  it('reads the deb822 format: every suite, folded fields, comments, without disabled stanzas', () => {
    expect(parseDeb822(deb822)).toEqual([
      {
        suite: 'bookworm',
        line: 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian bookworm main contrib',
      },
      {
        suite: 'bookworm-updates',
        line: 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian bookworm-updates main contrib',
      },
      { suite: 'stable', line: 'deb https://third.example/apt stable main' },
    ]);
  });

  it('reads the one-line format, with and without options, and leaves out deb-src and comments', () => {
    const text = [
      '# deb http://no.example x main',
      'deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian bookworm main # tail',
      'deb-src http://mirror.example/debian bookworm main',
      'deb http://mirror.example/security bookworm-security main',
    ].join('\n');
    expect(parseList(text)).toEqual([
      { suite: 'bookworm', line: 'deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian bookworm main' },
      { suite: 'bookworm-security', line: 'deb http://mirror.example/security bookworm-security main' },
    ]);
  });

  it('keeps the archives of the release alone, each once', () => {
    const all = ['bookworm', 'bookworm-security', 'bookworm', 'trixie', 'cloud-sdk-bookworm', 'stable'].map(source);
    expect(linesOfRelease(all, 'bookworm')).toEqual([
      'deb http://m.example bookworm main',
      'deb http://m.example bookworm-security main',
    ]);
  });

  it('takes another release from the same archives, or from its own where the host has some', () => {
    const host = ['bookworm', 'bookworm-security', 'stable'].map(source);
    expect(linesOfOther(host, 'bookworm', 'trixie')).toEqual([
      'deb http://m.example trixie main',
      'deb http://m.example trixie-security main',
    ]);
    expect(linesOfOther([...host, source('trixie')], 'bookworm', 'trixie')).toEqual([
      'deb http://m.example trixie main',
    ]);
    expect(linesOfOther(host, 'bookworm', 'bookworm')).toEqual(linesOfRelease(host, 'bookworm'));
  });

  it('finds the release in os-release and says so when there is none', () => {
    expect(codenameOf('PRETTY_NAME="Debian"\nVERSION_CODENAME=bookworm\n')).toBe('bookworm');
    expect(codenameOf('VERSION_CODENAME="trixie"')).toBe('trixie');
    expect(codenameOf('ID=arch\n')).toBe('');
  });
});
