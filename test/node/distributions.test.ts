import { describe, expect, test } from 'vitest';
import { ipOf, managerOf, ownIfTooOld, releaseOf } from '../../src/node/distributions.ts';

const said = {
  'Debian 12': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
  'Ubuntu 22.04': 'NAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\nID_LIKE=debian\n',
  'Linux Mint': 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n',
  'RHEL 9': 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n',
  'Rocky 8': 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.10"\n',
  'Oracle Linux 9': 'ID="ol"\nID_LIKE="fedora"\nVERSION_ID="9.3"\n',
  'SLES 15': 'ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.6"\n',
  'openSUSE Tumbleweed': 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20261101"\n',
  Alpine: 'ID=alpine\nVERSION_ID=3.20.1\n',
  Arch: 'ID=arch\nBUILD_ID=rolling\n',
};

describe('/etc/os-release', () => {
  test.each([
    ['Debian 12', { id: 'debian', family: 'debian', version: '12' }],
    ['Ubuntu 22.04', { id: 'ubuntu', family: 'debian', version: '22.04' }],
    ['Linux Mint', { id: 'linuxmint', family: 'debian', version: '22' }],
    ['RHEL 9', { id: 'rhel', family: 'rhel', version: '9.4' }],
    ['Rocky 8', { id: 'rocky', family: 'rhel', version: '8.10' }],
    ['Oracle Linux 9', { id: 'ol', family: 'rhel', version: '9.3' }],
    ['SLES 15', { id: 'sles', family: 'suse', version: '15.6' }],
    ['openSUSE Tumbleweed', { id: 'opensuse-tumbleweed', family: 'suse' }],
    ['Alpine', { id: 'alpine', family: 'alpine', version: '3.20.1' }],
    ['Arch', undefined],
  ] as const)('of %s tells its family', (name, release) => {
    expect(releaseOf(said[name])).toEqual(release);
  });

  test('that says what it must not is not heeded', () => {
    expect(releaseOf('ID="debian; rm -rf /"\n')).toBeUndefined();
    expect(releaseOf(`ID=${'a'.repeat(500)}\n`)).toBeUndefined();
    expect(releaseOf('ID=debian\nVERSION_ID="12$(id)"\n')).toEqual({ id: 'debian', family: 'debian' });
    expect(releaseOf('')).toBeUndefined();
    expect(releaseOf('XID=debian\n')).toBeUndefined();
  });
});

describe('the package manager of a node', () => {
  const rocky = releaseOf(said['Rocky 8']);
  test('is its distribution’s, whatever else is installed there', () => {
    expect(managerOf(releaseOf(said['Debian 12']), 'apt dnf zypper')).toBe('apt');
    expect(managerOf(rocky, 'apt dnf')).toBe('dnf');
    expect(managerOf(releaseOf(said['SLES 15']), 'dnf zypper')).toBe('zypper');
    expect(managerOf(releaseOf(said['Alpine']), 'apk')).toBe('apk');
  });

  test('is none where the distribution’s own is missing, and the first that is there where nobody knows the distribution', () => {
    expect(managerOf(rocky, 'apt')).toBe('other');
    expect(managerOf(undefined, 'apt')).toBe('apt');
    expect(managerOf(undefined, 'zypper dnf')).toBe('dnf');
    expect(managerOf(undefined, 'pacman')).toBe('other');
    expect(managerOf(undefined, '')).toBe('other');
  });
});

test('units name ip where the distribution has it', () => {
  expect(ipOf(undefined)).toBe('/bin/ip');
  expect(ipOf(releaseOf(said['Ubuntu 22.04']))).toBe('/bin/ip');
  expect(ipOf(releaseOf(said['RHEL 9']))).toBe('/usr/sbin/ip');
});

test('a release whose own packages are too old is known before they are installed', () => {
  expect(ownIfTooOld(releaseOf(said['Rocky 8']), 'haproxy')).toEqual([1, 8, 27]);
  expect(ownIfTooOld(releaseOf(said['Rocky 8']), 'socat')).toBeUndefined();
  expect(ownIfTooOld(releaseOf(said['RHEL 9']), 'haproxy')).toBeUndefined();
  expect(ownIfTooOld(undefined, 'haproxy')).toBeUndefined();
});
