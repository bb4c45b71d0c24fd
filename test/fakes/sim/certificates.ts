import type { RenewIntent } from '../../../src/node/intent/kubernetes.ts';
import { renewalFile } from '../../../src/node/paths.ts';
import { contentOf, write, type SimNode } from './node.ts';
import { encode, type Section } from './observation.ts';
import { refused, type Ending } from './steps.ts';

/** A leaf of kubeadm's CA: from the beginning to the middle of December 2026, and from 2026-11-29 on for a year. */
const pem = {
  old: `-----BEGIN CERTIFICATE-----
MIIBFjCBvAIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5ldGVzMB4X
DTI2MDEwMTAwMDAwMFoXDTI2MTIxNTAwMDAwMFowGTEXMBUGA1UEAwwOa3ViZS1h
cGlzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASwsMTUTKNabcjNQPj/
+Bt6ymmtI/Ptn8xi/+qenQ6auQXzw4LDfXp/mj49gT7FYVBJG8oh4RihbyjjUggU
e6ZzMAoGCCqGSM49BAMCA0kAMEYCIQCI/GaQ3C0RKxSOGEgr5ayS3XO9n9NIQpui
HsqPyQ22vgIhAPXZHOYiRPkB0WC91Xlq1bl3w1YIxMRGkMLi+x2f8bAW
-----END CERTIFICATE-----
`,
  renewed: `-----BEGIN CERTIFICATE-----
MIIBFTCBvAIBAjAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5ldGVzMB4X
DTI2MTEyOTAwMDAwMFoXDTI3MTEyOTAwMDAwMFowGTEXMBUGA1UEAwwOa3ViZS1h
cGlzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASwsMTUTKNabcjNQPj/
+Bt6ymmtI/Ptn8xi/+qenQ6auQXzw4LDfXp/mj49gT7FYVBJG8oh4RihbyjjUggU
e6ZzMAoGCCqGSM49BAMCA0gAMEUCIBzxA8PcYtYh5pvfYKlCuN3DR/3HwiapcvwK
5yVkpVq1AiEA5kSzv9nfC76zIk7kk6VMZ5rrCIzHB61qUVXcg1YzyDE=
-----END CERTIFICATE-----
`,
};

/** The nodes' clock: 2026-11-29, twelve hours after the renewed certificate begins. */
const nowS = Date.UTC(2026, 10, 29, 12) / 1000;

const certificate = '/etc/kubernetes/pki/apiserver.crt';
const started = '/run/sim-started/';

/** The node has an old certificate, which all that runs has read. */
export function giveOldCertificates(node: SimNode): void {
  write(node, certificate, pem.old);
  write(node, '/etc/kubernetes/pki/ca.key', 'key');
  for (const pod of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    write(node, `${started}${pod}`, pem.old);
}

/** What still runs with an old certificate, or is left of a visit. */
export function notRenewed({ name, files }: SimNode): readonly string[] {
  const old = [...files].filter(
    ([path, { content }]) => (path === certificate || path.startsWith(started)) && content !== pem.renewed,
  );
  return [
    ...old.map(([path]) => `${name}: ${path} is old`),
    ...(files.has(renewalFile) ? [`${name}: a visit is left`] : []),
  ];
}

/** As the script of `lookCommand` prints it. */
export function certificateSections(node: SimNode): string {
  const file = (name: string, path: string): Section => ({
    name,
    rc: node.files.has(path) ? 0 : 1,
    text: contentOf(node, path),
  });
  return encode([
    { name: 'clock', rc: 0, text: String(nowS) },
    file(`certificate:${certificate}`, certificate),
    file('key:ca', '/etc/kubernetes/pki/ca.key'),
    file('key:etcd/ca', '/etc/kubernetes/pki/ca.key'),
    file('key:front-proxy-ca', '/etc/kubernetes/pki/ca.key'),
    { name: 'kubeadm', rc: node.machine.kubeadm ? 0 : 127, text: '' },
    file('visit', renewalFile),
  ]);
}

/** Does what a step of a renewal does. */
export function carryOutRenewal(node: SimNode, step: RenewIntent): Ending {
  const note = (word: string): Ending => {
    write(node, renewalFile, `${contentOf(node, renewalFile)}${word}\n`);
    return { rc: 0 };
  };
  switch (step.does) {
    case 'begin':
      return note('begun');
    case 'certificates':
      if (!node.files.has('/etc/kubernetes/pki/ca.key')) return refused('ca.key: no such file');
      write(node, certificate, pem.renewed);
      return note('renewed');
    case 'restart':
      write(node, `${started}${step.pod}`, contentOf(node, certificate));
      return note(step.pod);
    case 'end':
      node.files.delete(renewalFile);
      return { rc: 0 };
    default:
      return { rc: 0 };
  }
}
