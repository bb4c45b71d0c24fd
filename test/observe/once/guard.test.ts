import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/core/observed.ts';
import { parseGuard, parseKeepable, parseLinks } from '../../../src/observe/once/guard.ts';

describe('what a node says of its guard', () => {
  test('has the revision of the rules that are loaded, and how many adverts all of them dropped', () => {
    const text =
      'packets 2 bytes 80 drop comment "k8s-ha 0123456789ab"\npackets 3 bytes 99 drop comment "k8s-ha 0123456789ab"';
    expect(parseGuard({ rc: 0, text })).toEqual({ able: known(true), loaded: '0123456789ab', dropped: 5 });
  });

  test('has no rules where nft could load them and nobody did', () => {
    expect(parseGuard({ rc: 0, text: '' })).toEqual({ able: known(true), loaded: undefined, dropped: 0 });
  });

  test('knows that there is no nft, and what nft refused otherwise', () => {
    expect(parseGuard({ rc: 127, text: '' }).able).toEqual(known(false));
    expect(parseGuard({ rc: 1, text: 'Error: Operation not supported\n^^^' }).able).toEqual(
      unknown('Error: Operation not supported'),
    );
    expect(parseGuard(undefined).able.known).toBe(false);
  });
});

describe('whether a node can keep connections', () => {
  test('is what nft said, and nothing where nobody asked', () => {
    expect(parseKeepable(undefined)).toBeUndefined();
    expect(parseKeepable({ rc: 0, text: '' })).toEqual(known(true));
    expect(parseKeepable({ rc: 127, text: '' })).toEqual(known(false));
    expect(parseKeepable({ rc: 1, text: 'Error: Could not process rule\n^^^' })).toEqual(
      unknown('Error: Could not process rule'),
    );
  });
});

function links(...lines: readonly string[]) {
  return parseLinks(new Map([['links', { rc: 2, text: lines.map((line) => `/sys/class/net/${line}\n`).join('') }]]));
}

const mac = '02:00:00:00:00:01';

describe('hardware addresses that stay', () => {
  test.each(['0', '2', '3'])('are those of an interface whose address was not made up (%s)', (type) => {
    expect(links(`eth0/address:${mac}`, `eth0/addr_assign_type:${type}`)).toEqual({ eth0: mac });
  });

  test('are none of one that was made up, or that nobody tells how it came', () => {
    expect(links(`br0/address:${mac}`, 'br0/addr_assign_type:1')).toEqual({});
    expect(links(`br0/address:${mac}`)).toEqual({});
  });

  test.each([
    'bond0/bonding/mode:balance-alb 6',
    'bond0/bonding/mode:balance-tlb 5',
    'bond0/bonding/fail_over_mac:active 1',
  ])('are only those of the cards themselves beside %s', (bond) => {
    const all = [`bond0/address:${mac}`, 'bond0/addr_assign_type:2', `eth9/address:${mac}`, 'eth9/addr_assign_type:0'];
    expect(links(...all, 'bond0/bonding/mode:active-backup 1', 'bond0/bonding/fail_over_mac:none 0')).toEqual({
      bond0: mac,
      eth9: mac,
    });
    expect(links(...all, bond)).toEqual({ eth9: mac });
  });

  test('are nothing else that a node may print: they go into the rules of the others', () => {
    for (const text of ['00:00:00:00:00:00', `${mac} accept; flush ruleset`, '', '02:00:00:00:00', 'x'.repeat(17)])
      expect(links(`eth0/address:${text}`, 'eth0/addr_assign_type:0')).toEqual({});
    expect(links(`a b"/address:${mac}`, 'a b"/addr_assign_type:0')).toEqual({});
  });
});
