import { parse } from 'yaml';
import * as z from 'zod';
import { guest } from '../paths.ts';

const manifest = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    terminationGracePeriodSeconds: z.number().default(30),
    containers: z
      .array(
        z.object({
          command: z.array(z.string()).min(1),
          env: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
        }),
      )
      .length(1),
  }),
});

/** A word of ExecStart= as systemd reads it back: `%` and `$` are special there (systemd.service(5)). */
function word(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * The unit that runs the command of a static pod's manifest. The kubelet's part is played by systemd: what ends is started
 * again after a second (the kubelet waits longer each time), what hangs is not noticed (the kubelet kills it after about
 * 80 s of failed liveness probes).
 * @throws ZodError when the manifest is not one container with a command, which is what kubeadm writes
 */
export function unitOf(text: string): { readonly name: string; readonly text: string } {
  const { metadata, spec } = manifest.parse(parse(text));
  const [container] = spec.containers;
  const [program = '', ...args] = container?.command ?? [];
  const etcd = metadata.name === 'etcd';
  return {
    name: `${metadata.name}.service`,
    text: [
      '[Unit]',
      `Description=${metadata.name} of the k8s-ha lab, as in /etc/kubernetes/manifests/${metadata.name}.yaml`,
      `After=network.target${etcd ? '' : ' etcd.service'}`,
      'StartLimitIntervalSec=0',
      '',
      '[Service]',
      ...(container?.env ?? []).map(({ name, value }) => `Environment=${word(`${name}=${value}`)}`),
      `ExecStart=${[`${guest.kubernetes}/${program}`, ...args].map(word).join(' ')}`,
      ...(etcd ? ['ExecStartPre=/bin/mkdir -p -m 0700 /var/lib/etcd'] : []),
      `TimeoutStopSec=${spec.terminationGracePeriodSeconds}`,
      'Restart=always',
      'RestartSec=1',
      'LimitNOFILE=infinity',
      '',
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ].join('\n'),
  };
}
