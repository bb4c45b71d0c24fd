import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { kubeadmOf } from '../../../src/cli/shared/lab-kubernetes.ts';
import { waitReadyScript } from '../../../src/lab/control-plane.ts';
import { labClient, labPaths } from '../../../src/lab/lab.ts';
import { createBench, type Bench, type Ran } from './bench.ts';

/** A bench with real Kubernetes of the pinned Go module, which is built before the first test and cached. */
export async function createKubernetesBench(name: string): Promise<Bench> {
  return createBench(name, { kubernetes: { from: 'go', configOf: await kubeadmOf(3) } });
}

/** What the cluster file says under `apiServer` of API servers that refuse anonymous requests. */
const hardened = '  healthAuth: certificate\n';

/**
 * Has the API servers of a bench refuse anonymous requests and old TLS, as those of hardened clusters do.
 * @returns the same bench, whose cluster files say so
 */
export async function refuseAnonymous(bench: Bench): Promise<Bench> {
  await bench.everywhere(
    `sed -i 's#^ExecStart=.*/kube-apiserver.*#& --anonymous-auth=false --tls-min-version=VersionTLS13#' /etc/systemd/system/kube-apiserver.service && systemctl daemon-reload && systemctl restart kube-apiserver`,
  );
  // They are asked before the address is there.
  for (const { name } of bench.state.nodes) bench.on(name, waitReadyScript(60_000));
  return {
    ...bench,
    clusterFile: (file, change = (text) => text) =>
      bench.clusterFile(file, (text) => change(text.replace('apiServer:\n', `$&${hardened}`))),
  };
}

/** A cluster file of such a bench that does not say so. */
export function anonymousFile(bench: Bench): string {
  return bench.clusterFile('anonymous.yaml', (text) => text.replace(hardened, ''));
}

/** Environment by which `k8s-ha drill` takes and gives power, and writes. */
export function drillEnvironment({ lab, power }: Bench): Readonly<Record<string, string>> {
  return {
    ...power,
    K8S_HA_KUBECONFIG: labPaths(lab).kubeconfig,
  };
}

/** The real kubectl in the lab's client; its kubeconfig is kubeadm's admin.conf, whose server is the VIP. */
export function kubectlOf({ lab, state }: Bench) {
  const argv = (args: readonly string[]): readonly string[] => [
    ...labClient(lab).argvPrefix,
    `${state.kubernetes?.dir}/kubectl`,
    `--kubeconfig=${labPaths(lab).kubeconfig}`,
    ...args,
  ];
  return {
    start: (args: readonly string[]): ChildProcess => {
      const [program = '', ...rest] = argv(args);
      return spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    },
    run: async (args: readonly string[], input = ''): Promise<Omit<Ran, 'progress'>> => {
      const [program = '', ...rest] = argv(args);
      const began = performance.now();
      const child = spawn(program, rest, { stdio: 'pipe' });
      const out: string[] = [];
      const err: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => err.push(chunk));
      child.stdin.on('error', () => undefined).end(input);
      const rc = await new Promise<number | null>((resolve) => child.on('close', resolve));
      return { rc, stdout: out.join('').trim(), stderr: err.join('').trim(), tookMs: performance.now() - began };
    },
  };
}

export type Kubectl = ReturnType<typeof kubectlOf>;

const event = z.object({
  type: z.string(),
  object: z.looseObject({
    metadata: z.looseObject({ name: z.string().default(''), resourceVersion: z.string().default('') }).prefault({}),
    data: z.record(z.string(), z.string()).default({}),
  }),
});

export interface Watch {
  /** Values of `data.value`, in the order of the events. */
  readonly values: readonly string[];
  /** How often the stream was begun again from the last version seen. */
  readonly resumed: number;
  stop(): void;
}

/** A watch by `kubectl get --raw` that is resumed where it was cut, as every controller does. */
export function watchValues(kubectl: Kubectl, path: string, fromVersion: string): Watch {
  const values: string[] = [];
  let version = fromVersion;
  let resumed = 0;
  const end = new AbortController();
  let child: ChildProcess | undefined;
  const loop = async (): Promise<void> => {
    while (!end.signal.aborted) {
      child = kubectl.start(['get', '--raw', `${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${version}`]);
      let rest = '';
      const take = (line: string): void => {
        const read = event.parse(JSON.parse(line));
        if (read.object.metadata.resourceVersion !== '') version = read.object.metadata.resourceVersion;
        const { value } = read.object.data;
        if (value !== undefined && read.type !== 'BOOKMARK') values.push(value);
      };
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = `${rest}${chunk}`.split('\n');
        // An event that the cut went through is no event: it comes again after the resumption.
        rest = lines.pop() ?? '';
        lines.forEach(take);
      });
      const current = child;
      await new Promise((resolve) => current.on('close', resolve));
      resumed += 1;
      await sleep(100);
    }
  };
  void loop();
  return {
    get values() {
      return values;
    },
    get resumed() {
      return resumed;
    },
    stop: () => {
      end.abort();
      child?.kill('SIGKILL');
    },
  };
}

/** Writes numbers by server-side apply, one after the other, and keeps those that were acknowledged. */
export function writeNumbers(kubectl: Kubectl): { readonly acknowledged: readonly number[]; stop(): Promise<void> } {
  const acknowledged: number[] = [];
  const end = new AbortController();
  const loop = async (): Promise<void> => {
    for (let number = 1; !end.signal.aborted; number += 1) {
      const object = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'numbers' },
        data: { value: String(number) },
      };
      const ran = await kubectl.run(
        ['apply', '--server-side', '--force-conflicts', '--request-timeout=3s', '-f', '-'],
        JSON.stringify(object),
      );
      if (ran.rc === 0) acknowledged.push(number);
      await sleep(50);
    }
  };
  const ended = loop();
  return {
    acknowledged,
    stop: async () => {
      end.abort();
      await ended;
    },
  };
}
