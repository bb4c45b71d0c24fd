import { describe, expect, test } from 'vitest';
import { fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';
import { renderNode } from '../../src/render/render.ts';

describe.each(goldenCases)('$name', ({ name, spec, facts }) => {
  const node = spec.nodes[0];
  if (!node) throw new Error('a case needs a node');
  const set = renderNode(spec, node, fakeTimers, facts);

  test.each(set.files.map((file) => [file.path, file] as const))('renders %s as recorded', async (path, file) => {
    await expect(file.content).toMatchFileSnapshot(`../golden/${name}${path}`);
  });

  test('renders the same text every time', () => {
    expect(renderNode(spec, node, fakeTimers, facts)).toEqual(set);
  });
});
