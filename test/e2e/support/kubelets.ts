import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { labClient } from '../../../src/lab/lab.ts';
import type { Bench } from './bench.ts';

/** How a cluster took its kubelets while something broke. */
export interface KubeletsSeen {
  /** Nodes that were anything else than Ready, with what they were. */
  readonly notReady: Readonly<Record<string, readonly string[]>>;
  /** For each node, the longest time between two renewals of its lease, in milliseconds; by the kubelet's own clock. */
  readonly longestSilenceMs: Readonly<Record<string, number>>;
  /** Pods of the namespace `default`, by name: a pod that was evicted is another one afterwards. */
  readonly pods: readonly string[];
}

const meta = z.looseObject({ name: z.string() });
const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: meta,
      status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
    }),
  ),
});
const leaseList = z.object({ items: z.array(z.object({ metadata: meta, spec: z.object({ renewTime: z.string() }) })) });
const podList = z.object({
  items: z.array(z.object({ metadata: meta, spec: z.object({ nodeName: z.string().optional() }) })),
});

const paths = {
  nodes: '/api/v1/nodes',
  leases: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
  pods: '/api/v1/namespaces/default/pods',
} as const;

/**
 * Asks API servers themselves once a second, whichever answers: what is asked through the VIP would be blind for as long as the
 * VIP is away.
 */
export function watchKubelets(bench: Bench): { readonly stop: () => Promise<KubeletsSeen> } {
  const notReady = new Map<string, Set<string>>();
  const renewals = new Map<string, number[]>();
  const pods = new Set<string>();
  const options = credentials(bench);
  const end = new AbortController();
  const look = async (): Promise<void> => {
    const [nodes, leases, ours] = await ask(bench, options);
    for (const { metadata, status } of nodeList.parse(nodes).items) {
      const ready = status.conditions.find(({ type }) => type === 'Ready')?.status ?? 'absent';
      if (ready !== 'True') notReady.set(metadata.name, (notReady.get(metadata.name) ?? new Set()).add(ready));
    }
    for (const { metadata, spec } of leaseList.parse(leases).items) {
      const at = renewals.get(metadata.name) ?? [];
      if (at.at(-1) !== Date.parse(spec.renewTime)) renewals.set(metadata.name, [...at, Date.parse(spec.renewTime)]);
    }
    for (const { metadata, spec } of podList.parse(ours).items) pods.add(`${metadata.name} on ${spec.nodeName}`);
  };
  const loop = (async (): Promise<void> => {
    while (!end.signal.aborted) {
      await look().catch(() => undefined);
      await sleep(1000);
    }
  })();
  return {
    stop: async () => {
      end.abort();
      await loop;
      await look();
      return {
        notReady: Object.fromEntries([...notReady].map(([node, states]) => [node, [...states]])),
        longestSilenceMs: Object.fromEntries(
          [...renewals].map(([node, at]) => [node, Math.max(0, ...at.slice(1).map((one, i) => one - (at[i] ?? one)))]),
        ),
        pods: [...pods].toSorted(),
      };
    },
  };
}

/** Between the answers that one curl prints. */
const mark = '\n@@@\n';

/** The administrator's certificate as files, for curl: kubectl would cost a third of a processor. */
function credentials({ folder, on }: Bench): readonly string[] {
  const field = (name: string): string =>
    on('cp1', `sed -n 's/^ *${name}: //p' /etc/kubernetes/admin.conf | head -n 1 | base64 -d`);
  return [
    ['--cacert', 'certificate-authority-data'],
    ['--cert', 'client-certificate-data'],
    ['--key', 'client-key-data'],
  ].flatMap(([option = '', name = '']) => {
    const path = join(folder, name);
    writeFileSync(path, `${field(name)}\n`, { mode: 0o600 });
    return [option, path];
  });
}

const curlOptions = ['-sf', '--max-time', '2', '-w', mark];

/** @throws where no API server answers all of it */
async function ask(bench: Bench, options: readonly string[]): Promise<readonly unknown[]> {
  for (const { address } of bench.state.nodes.slice(0, 3)) {
    const to = `kubernetes:6443:${address}:6443`;
    const urls = Object.values(paths).map((path) => `https://kubernetes:6443${path}`);
    const text = await printed([
      ...labClient(bench.lab).argvPrefix,
      'curl',
      ...curlOptions,
      '--connect-to',
      to,
      ...options,
      ...urls,
    ]);
    if (text !== undefined) return text.split(mark, urls.length).map((one): unknown => JSON.parse(one));
  }
  throw new Error('no API server answers');
}

async function printed([program = '', ...args]: readonly string[]): Promise<string | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const rc = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return rc === 0 ? text : undefined;
}
