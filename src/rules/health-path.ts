import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const healthPathRelative = rule({
  id: 'health-path',
  severity: 'error',
  title: 'The health path does not begin with /',
  why: 'HTTP requests name a path that begins with /. The API server answers anything else with 400, so that HAProxy would take every API server for unready.',
  bad: example({ more: 'apiServer:\n  healthPath: readyz' }),
  good: example({ more: 'apiServer:\n  healthPath: /readyz' }),
  check: ({ apiServer: { healthPath } }) =>
    healthPath.startsWith('/')
      ? []
      : [
          {
            message: `the health path ${healthPath} does not begin with /`,
            reason: 'Every API server would answer 400 and be taken for unready.',
            suggestion: `Write /${healthPath}.`,
            path: ['apiServer', 'healthPath'],
          },
        ],
});
