import type { ClusterSpec, RuntimeName } from '../../cluster/spec.ts';
import { podman } from './podman.ts';
import type { Runtime } from './runtime.ts';
import { systemd } from './systemd.ts';

const runtimes: Readonly<Record<RuntimeName, Runtime>> = { systemd, podman };

export function runtimeOf({ runtime }: Pick<ClusterSpec, 'runtime'>): Runtime {
  return runtimes[runtime];
}
