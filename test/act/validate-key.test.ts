import { expect, test } from 'vitest';
import { validateCommand } from '../../src/act/rollout/commands/files.ts';
import { paths } from '../../src/node/paths.ts';
import type { FileChange } from '../../src/plan/model.ts';
import { fakeSpec } from '../fakes/spec.ts';

const change: FileChange = {
  path: paths.hmacKey,
  action: 'create',
  wanted: { path: paths.hmacKey, mode: 0o600, content: `hex:${'a1'.repeat(32)}\n`, part: 'hmac-key' },
  before: undefined,
  diff: '',
};

test('keepalived checks its configuration with the key that is not in its place yet, which stands in no command', () => {
  const staged = validateCommand(fakeSpec(), 'token', [change]);
  expect(JSON.stringify(staged)).toContain(`s#file:${paths.hmacKey}#file:${paths.hmacKey}.k8s-ha-new#`);
  expect(JSON.stringify(staged)).not.toContain('a1a1');
  expect(JSON.stringify(validateCommand(fakeSpec(), 'token', []))).not.toContain(paths.hmacKey);
});
