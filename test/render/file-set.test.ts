import { describe, expect, test } from 'vitest';
import { fileSetOf } from '../../src/render/file-set.ts';
import { paths } from '../../src/node/paths.ts';
import { renderNode } from '../../src/render/render.ts';
import { fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';

describe('a file set that was read back', () => {
  test.each(goldenCases)('is the one that was rendered: $name', ({ spec, facts }) => {
    for (const node of spec.nodes) {
      const set = renderNode(spec, node, fakeTimers, facts);
      expect(fileSetOf(node.name, set.files)).toEqual(set);
    }
  });

  test('is none without a configuration, or when a text does not say its revision', () => {
    const [{ spec, facts } = expect.fail()] = goldenCases;
    const [node = expect.fail()] = spec.nodes;
    const { files } = renderNode(spec, node, fakeTimers, facts);
    expect(fileSetOf('cp1', [])).toBeUndefined();
    expect(
      fileSetOf(
        'cp1',
        files.filter(({ path }) => path !== paths.keepalivedConfig),
      ),
    ).toBeUndefined();
    const cut = files.map((file) => (file.path === paths.haproxyConfig ? { ...file, content: 'global\n' } : file));
    expect(fileSetOf('cp1', cut)).toBeUndefined();
  });
});
