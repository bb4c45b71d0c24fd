import type { Finding } from '../../core/finding.ts';

/** What went wrong in the middle of an upgrade: where it stands, and what to do. */
export function kubeadmFailed(node: string, said: string): Finding {
  return {
    rule: 'version-kubeadm-failed',
    severity: 'error',
    node,
    message: `kubeadm did not end well: ${said}`,
    reason:
      'It puts the manifests of static pods back that did not start. It goes no further back: what it kept of before is in /etc/kubernetes/tmp.',
    suggestion:
      'Read journalctl -u k8s-ha-kubeadm on the node, fix the cause, and run it again: it goes on with this node.',
  };
}

export function leftAlone(node: string): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    node,
    message: 'stopped while kubeadm is at work there, which goes on by itself; run it again to finish',
  };
}

export function notDrained(node: string, why: string): Finding {
  return {
    rule: 'version-pods-stay',
    severity: 'error',
    node,
    message: `its pods could not leave: ${why}`,
    suggestion: 'Move them by hand, then run it again; or let pods stay where they are: --keep-pods.',
  };
}

export function notThere(node: string, what: string, why: string): Finding {
  return {
    rule: 'version-gate-failed',
    severity: 'error',
    node,
    message: `not true in time: ${what}: ${why}`,
    reason: 'No other node is touched before this one works.',
    suggestion: 'See journalctl -u kubelet -n 50 on the node, fix the cause, and run it again.',
  };
}
