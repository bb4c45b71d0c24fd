import { describe, expect, it } from 'vitest';
import { withLock, withLockIfFree } from '../../src/lab/lock.ts';

const name = `test-${process.pid}`;

describe('the lock', () => {
  it('lets one in at a time, and tells the next one who is in', async () => {
    const order: string[] = [];
    let leave: (() => void) | undefined;
    const entered = new Promise<void>((resolve) => {
      void withLock(name, () => {
        order.push('first in');
        resolve();
        return new Promise<void>((done) => (leave = done));
      }).then(() => order.push('first out'));
    });
    await entered;
    await withLockIfFree(name, () => Promise.reject(new Error('it was not free')));
    await withLock(name, () => Promise.resolve(order.push('second in')), {
      onWait: (pid) => {
        order.push(`waits for ${pid}`);
        leave?.();
      },
    });
    expect(order).toEqual(['first in', `waits for ${process.pid}`, 'first out', 'second in']);
  });

  it('is free again after work that failed', async () => {
    await expect(withLock(name, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
    await expect(withLock(name, () => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('stops waiting when asked to', async () => {
    const stop = new AbortController();
    await withLock(name, async () => {
      const waiting = withLock(name, () => Promise.resolve('in'), { signal: stop.signal, onWait: () => stop.abort() });
      await expect(waiting).rejects.toThrow('abort');
    });
  });
});
