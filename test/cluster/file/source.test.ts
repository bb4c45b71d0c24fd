import { describe, expect, it } from 'vitest';
import { positionAt, source } from '../../../src/cluster/file/source.ts';

const src = source('one\r\ntwo three\n\nend', 'f');

describe('positionAt', () => {
  it('counts lines and columns from 1 and leaves the line end out', () => {
    expect(positionAt(src, 9, 14)).toEqual({ file: 'f', line: 2, column: 5, length: 5, text: 'two three' });
    expect(positionAt(src, 0, 3)).toEqual({ file: 'f', line: 1, column: 1, length: 3, text: 'one' });
  });

  it('stops at the end of the line', () => {
    expect(positionAt(src, 9, 100)).toMatchObject({ line: 2, length: 5 });
  });

  it('is at least one character long, also on empty lines and beyond the end', () => {
    expect(positionAt(src, 15, 15)).toMatchObject({ line: 3, column: 1, length: 1, text: '' });
    expect(positionAt(src, 1000)).toMatchObject({ line: 4, column: 4, length: 1 });
    expect(positionAt(source('', 'f'), 0)).toMatchObject({ line: 1, column: 1, length: 1 });
  });
});
