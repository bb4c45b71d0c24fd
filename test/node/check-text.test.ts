import { expect, test } from 'vitest';
import { checkText, serverText } from '../../src/node/check-text.ts';

test('what HAProxy calls a server and the outcome of a check is told as a person would, and new words as they are', () => {
  expect(['UP', 'UP 1/2', 'DOWN', 'DOWN 1/2', 'NOLB', 'new word'].map(serverText)).toEqual([
    'ready',
    'ready, failing',
    'down',
    'down, coming up',
    'not ready',
    'new word',
  ]);
  expect(['* L4TOUT', 'L7STS 500', 'L7OK', 'else'].map(checkText)).toEqual([
    'no answer to a connection',
    'it answers HTTP 500',
    'ready',
    'else',
  ]);
});
