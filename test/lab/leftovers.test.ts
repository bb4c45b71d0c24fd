import { describe, expect, it } from 'vitest';
import { mountsBelow } from '../../src/lab/leftovers.ts';

const mounts = [
  'proc /proc proc rw 0 0',
  'k8s-ha-lab /labs/a/nodes/cp1/root overlay rw 0 0',
  'tmpfs /labs/a/nodes/cp1/root/tmp tmpfs rw 0 0',
  'k8s-ha-lab /labs/a-b/nodes/cp1/root overlay rw 0 0',
  String.raw`tmpfs /labs/a/with\040space tmpfs rw 0 0`,
].join('\n');

describe('leftover mounts', () => {
  it('are found below the folder alone, innermost first, with their names decoded', () => {
    expect(mountsBelow(mounts, '/labs/a')).toEqual([
      '/labs/a/with space',
      '/labs/a/nodes/cp1/root/tmp',
      '/labs/a/nodes/cp1/root',
    ]);
  });

  it("are never another lab's whose name begins alike", () => {
    expect(mountsBelow(mounts, '/labs/a').some((path) => path.startsWith('/labs/a-b'))).toBe(false);
  });
});
