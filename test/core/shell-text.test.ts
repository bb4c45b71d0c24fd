import { describe, expect, it } from 'vitest';
import { filled } from '../../src/core/shell-text.ts';

describe('a shell program', () => {
  it('gets its values, each wherever it is named', () => {
    expect(filled('ip link show __DEV__ && sleep __LONG_TIME__ # __DEV__', { DEV: 'eth0', LONG_TIME: 0.5 })).toBe(
      'ip link show eth0 && sleep 0.5 # eth0',
    );
  });

  it('takes a value as it is', () => {
    expect(filled('echo __TEXT__', { TEXT: '$1 $& __OTHER__' })).toBe('echo $1 $& __OTHER__');
  });

  it('is not made where a value is missing, or has no place', () => {
    expect(() => filled('sleep __SECONDS__', {})).toThrow('__SECONDS__');
    expect(() => filled('sleep 1', { SECONDS: 1 })).toThrow('SECONDS');
  });
});
