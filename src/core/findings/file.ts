import type { Remedies } from './entry.ts';

/** Findings of reading the cluster file; cluster/file/kinds.ts has the other texts. */
export const fileRemedies = {
  'too-large': 'Check the file name: `ls -l FILE`. A cluster file is about a page long; `k8s-ha init` writes one.',
  'not-text': 'Check the file name and encoding with `file FILE`. Convert with `iconv -f UTF-16 -t UTF-8`.',
  'empty-file': 'Run `k8s-ha init` to write a cluster file.',
  'not-a-mapping': 'Begin the file with `name: …` and further keys, or run `k8s-ha init` to write one.',
  'several-documents':
    'Remove the `---` line and all that follows it, or write the second cluster into a file of its own.',
  'yaml-syntax':
    'Look at the marked line and at the line before it: a bracket, quote or colon is missing, or the indentation is wrong.',
  'tab-indentation': 'Replace tabs by spaces: `expand -t2 FILE`.',
  'yaml-tag': 'Remove the tag and write the value itself.',
  'duplicate-key': 'Remove one of the two keys.',
  'alias-bomb': 'Write the values out instead of using `&` and `*`.',
  'unknown-key':
    'Correct the spelling, or remove the key. All keys: docs/reference/cluster-file.md, or `k8s-ha schema`.',
  'missing-key': 'Add the key. The smallest useful file is at the top of docs/reference/cluster-file.md.',
  'wrong-type': 'Write a value of the type that the message names.',
  'out-of-range': 'Write a value within the limits that the message names.',
  'bad-choice': 'Write one of the words that the message lists.',
  'bad-name': 'Use lower-case letters, digits and dashes, as `hostname` on the node shows.',
  'bad-text': 'Remove the characters that the message names.',
  'not-an-address': 'Write the IP address itself; `getent ahosts NAME` finds it for a name.',
  'bad-duration': 'Write a number with a unit: `500ms`, `2s`, `1m`.',
  'duration-without-unit': 'Add the unit that you mean: `500ms` or `500s`.',
} satisfies Remedies;
