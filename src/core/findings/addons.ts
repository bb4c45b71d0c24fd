import type { FindingEntries } from './entry.ts';

/** The add-ons folder, the key of adverts, and a cluster file that disappears while it is watched. */
export const addonFindings = {
  addon: {
    severity: 'error',
    title: 'A manifest in the add-ons folder cannot be used',
    why: 'The API server would refuse it on every node, and the objects after it could be missing. Nothing was rolled out.',
    remedy:
      'Check the file that the message names with `kubectl apply --dry-run=client -f FILE`, then run the command again.',
  },
  'addon-twice': {
    severity: 'error',
    title: 'One object stands twice in the add-ons folder',
    why: 'Both would be applied in turn, and the object would change back and forth.',
    remedy: 'Remove one of the two, then run `k8s-ha check FILE`.',
  },
  'addons-folder': {
    severity: 'error',
    title: 'The add-ons folder cannot be read, or is too large',
    why: 'The nodes would keep no manifests, or those of before. Nothing was rolled out.',
    remedy:
      'Check `addons` in the cluster file: the folder is relative to that file. It is for what must work before anything else does, up to the size that the message names.',
  },
  'hmac-key-file': {
    severity: 'error',
    title: 'The key that signs adverts cannot be used',
    why: 'Adverts would not be signed, or with a key that others know. Nothing was rolled out.',
    remedy:
      'Write one beside the cluster file: `(umask 077; openssl rand -hex 32 >vrrp.key)`, and name it as `keepalived.hmacKeyFile`. It is readable by you alone.',
  },
  'file-unreadable': {
    severity: 'error',
    title: 'The watched cluster file cannot be read any more',
    why: '`apply --watch` changes nothing until the file is back: differences on the nodes stay.',
    remedy: 'Restore the file, or check its mount and its permissions: `ls -l FILE`.',
  },
} satisfies FindingEntries;
