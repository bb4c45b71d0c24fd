import { expect, test } from 'vitest';
import { explain } from '../../../src/act/rollout/step.ts';
import { guardExit } from '../../../src/node/lock.ts';
import { script, type CommandResult } from '../../../src/core/command.ts';

function ended(overrides: Partial<CommandResult>): CommandResult {
  return { command: script('place files', ':'), rc: 1, stdout: '', stderr: '', ...overrides };
}

test.each([
  ['a lock that another operator broke', { rc: guardExit.lockLost, stderr: 'no' }, 'Another operator broke the lock'],
  ['a lock that is gone', { rc: guardExit.lockGone, stderr: 'no' }, 'The node was restarted'],
  ['a full disk', { stderr: 'mv: No space left on device' }, 'The disk is full'],
  ['a disk that is read-only', { stderr: 'mkdir: Read-only file system' }, 'Remount'],
  ['another apt', { stderr: 'E: Could not get lock /var/lib/dpkg/lock-frontend' }, 'Another apt runs'],
  ['no package source', { stderr: 'E: Unable to locate package haproxy' }, 'cannot get packages'],
  ['another dnf', { stderr: 'Waiting for process with pid 812 to finish.' }, 'Another dnf runs'],
  [
    'another zypper',
    { stderr: 'System management is locked by the application with pid 812 (zypper).' },
    'Another zypper runs',
  ],
  ['another apk', { stderr: 'ERROR: Unable to lock database: temporary error' }, 'Another apk runs'],
  ['no source of dnf', { stderr: 'Error: Unable to find a match: haproxy' }, 'AppStream'],
  ['no source of zypper', { stderr: "No provider of 'haproxy' found." }, 'High Availability'],
  ['no source of apk', { stderr: 'ERROR: unable to select packages:\n  haproxy (no such package):' }, 'community'],
] as const)('%s is told with the way out', (_, overrides, remedy) => {
  const { error, suggestion } = explain(ended(overrides));
  expect(error).toBe(overrides.stderr);
  expect(suggestion).toContain(remedy);
});

test('an ordinary failure is what the node said, without advice that does not fit', () => {
  expect(explain(ended({ stderr: 'parsing error\n', stdout: 'line 3' }))).toEqual({ error: 'parsing error\n\nline 3' });
  expect(explain(ended({ rc: 7 }))).toEqual({ error: 'it ended with 7 and said nothing' });
});

test('what kept a command from its end is told as it is', () => {
  const failure = { kind: 'unreachable', message: 'cp1 does not answer', suggestion: 'Look at it.' } as const;
  expect(explain(ended({ rc: undefined, failure }))).toEqual({
    error: failure.message,
    suggestion: failure.suggestion,
  });
  const bare = { kind: 'aborted', message: 'it was interrupted' } as const;
  expect(explain(ended({ rc: undefined, failure: bare }))).toEqual({ error: bare.message });
});
