import { expect, test } from 'vitest';
import { addonFiles, paths } from '../../src/node/paths.ts';
import { assumedFacts } from '../../src/cluster/timers.ts';
import type { FileChange } from '../../src/plan/model.ts';
import { shownVisit } from '../../src/plan/shown.ts';
import { renderNode, sha256 } from '../../src/render/render.ts';
import { visit } from '../contract/visits.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const [node] = fakeSpec().nodes;
if (!node) throw new Error('no node');
const [file] = renderNode(fakeSpec(), node, fakeTimers, assumedFacts).files;

function change(path: string): FileChange {
  return {
    path,
    action: 'update',
    wanted: file && { ...file, path, mode: 0o600, content: 'new' },
    before: { mode: 0o600, content: 'old' },
    diff: '',
  };
}

test('a visit is shown with its files as they are, but for those that may hold secrets', () => {
  const changes = [change(paths.haproxyConfig), change(addonFiles.reconcile)];
  const [plain, secret] = shownVisit(visit(node.name, changes)).changes;
  expect(plain).toEqual(change(paths.haproxyConfig));
  for (const [text, shown] of [
    ['new', secret?.wanted?.content],
    ['old', secret?.before?.content],
  ] as const)
    expect(shown).toContain(sha256(text).slice(0, 12));
  expect(JSON.stringify(secret)).not.toMatch(/"(?:new|old)"/);
});
