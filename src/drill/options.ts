import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import type { Instruments } from './instruments.ts';
import type { Credentials, WriteConfig } from './measure/probe.ts';

/** Takes a node's power and gives it back, from outside: a power switch, a hypervisor, or the lab. */
export interface Power {
  off(node: string): Promise<Finding | undefined>;
  on(node: string): Promise<Finding | undefined>;
}

export interface DrillOptions {
  readonly hosts: readonly Host[];
  readonly power: Power | undefined;
  /** Restarts everything on every node, one by one; undefined where nothing here can. */
  readonly rollOut: (() => Promise<readonly Finding[]>) | undefined;
  /** Prepares the nodes for a planned move of the VIPs from this one; absent where nothing here can. */
  readonly prepareMove?: ((node: string) => Promise<void>) | undefined;
  /** New TLS connections a second, 1–200. */
  readonly ratePerSecond: number;
  /** What the probes log in with: API servers that refuse anonymous requests answer nobody else. */
  readonly credentials?: Credentials | undefined;
  /** Acknowledged writes and a watch; a text says why there are none. */
  readonly writes: Omit<WriteConfig, 'prefix'> | string;
  /** The CA that the operator knows the API by; the struck node's own where it is absent. */
  readonly caPem?: string | undefined;
  /** Put before the prober's command, for a client in another network namespace: `['ip', 'netns', 'exec', 'client']`. */
  readonly wrap?: readonly string[];
  /** What is measured with; a clock, a prober and this machine's kernel when absent. */
  readonly instruments?: Instruments | undefined;
  /** Token of the lock that is held: a node whose lock has another one is not broken. */
  readonly lockToken: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: DrillEvent) => void;
}

export interface DrillEvent {
  readonly kind: 'step' | 'gate-passed' | 'gate-failed';
  readonly what: string;
  readonly detail?: string;
}
