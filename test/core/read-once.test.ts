import { describe, expect, test } from 'vitest';
import { madeOnce, readOnce } from '../../src/core/read-once.ts';

describe('a reader of texts', () => {
  test('reads equal texts once, whatever they are read as', () => {
    const asked: string[] = [];
    const read = readOnce((text) => {
      asked.push(text);
      return text === 'nothing' ? undefined : { text };
    });
    expect(['a', 'nothing', 'a', 'nothing', 'b'].map(read)).toEqual([
      { text: 'a' },
      undefined,
      { text: 'a' },
      undefined,
      { text: 'b' },
    ]);
    expect(asked).toEqual(['a', 'nothing', 'b']);
    expect(read('a')).toBe(read('a'));
  });

  test('forgets texts when they are many, and reads them again', () => {
    let times = 0;
    const read = readOnce((text) => ({ read: (times += 1), length: text.length }));
    const first = read('first');
    for (let i = 0; i < 20; i += 1) read(`${i}`.padEnd(100_000));
    expect(read('first')).toEqual({ read: 22, length: 5 });
    expect(first).toEqual({ read: 1, length: 5 });
  });

  test('forgets many short texts too', () => {
    let times = 0;
    const read = readOnce(() => (times += 1));
    for (let i = 0; i < 2000; i += 1) read(`${i}`);
    expect(read('0')).toBe(2001);
  });

  test('keeps what it knows when a text is too long to be remembered, which is read each time', () => {
    let times = 0;
    const read = readOnce(() => (times += 1));
    const long = ''.padEnd(1_000_000);
    expect([read('a'), read(long), read(long), read('a')]).toEqual([1, 2, 3, 1]);
  });

  test('reads again what could not be read', () => {
    let times = 0;
    const read = readOnce(() => {
      times += 1;
      throw new Error(`not ${times}`);
    });
    expect(() => read('a')).toThrow('not 1');
    expect(() => read('a')).toThrow('not 2');
  });
});

test('what is made of a value is made once for each', () => {
  let times = 0;
  const make = madeOnce(({ name }: { readonly name: string }) => `${name} ${(times += 1)}`);
  const [one, equal] = [{ name: 'a' }, { name: 'a' }];
  expect([make(one), make(equal), make(one)]).toEqual(['a 1', 'a 2', 'a 1']);
});
