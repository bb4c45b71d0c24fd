import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const caFileRelative = rule({
  id: 'ca-file-relative',
  severity: 'error',
  title: 'The path of the CA file is not absolute',
  why: 'The file is looked for on the nodes, by HAProxy. A missing CA file stops HAProxy from starting.',
  bad: example({ more: 'apiServer:\n  caFile: pki/ca.crt' }),
  good: example({ more: 'apiServer:\n  caFile: /etc/kubernetes/pki/ca.crt' }),
  check: ({ apiServer: { caFile } }) =>
    caFile.startsWith('/')
      ? []
      : [
          {
            message: `the CA file ${caFile} has no absolute path`,
            reason: 'HAProxy would look for it in a folder of its own on the node, and not start without it.',
            suggestion: 'Write the full path on the nodes, such as /etc/kubernetes/pki/ca.crt.',
            path: ['apiServer', 'caFile'],
          },
        ],
});
