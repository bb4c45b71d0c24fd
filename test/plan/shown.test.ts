import { expect, test } from 'vitest';
import { addonFiles, paths } from '../../src/node/paths.ts';
import type { FileChange, NodePlan } from '../../src/plan/model.ts';
import { shownVisit } from '../../src/plan/shown.ts';
import { sha256 } from '../../src/render/render.ts';

function change(path: string): FileChange {
  return {
    path,
    action: 'update',
    wanted: { path, mode: 0o600, content: 'new', affects: {} } as unknown as FileChange['wanted'],
    before: { mode: 0o600, content: 'old' },
    diff: '',
  };
}

test('a visit is shown with its files as they are, but for those that may hold secrets', () => {
  const visit = { node: 'cp1', changes: [change(paths.haproxyConfig), change(addonFiles.reconcile)] };
  const [plain, secret] = shownVisit(visit as unknown as NodePlan).changes;
  expect(plain).toEqual(change(paths.haproxyConfig));
  for (const [text, shown] of [
    ['new', secret?.wanted?.content],
    ['old', secret?.before?.content],
  ] as const)
    expect(shown).toContain(sha256(text).slice(0, 12));
  expect(JSON.stringify(secret)).not.toMatch(/"(?:new|old)"/);
});
