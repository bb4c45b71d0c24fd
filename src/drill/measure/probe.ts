import type { RegisterOp } from './register.ts';

/** What the prober is asked to do. */
export interface ProbeConfig {
  /** Address or name to connect to: the VIP. */
  readonly host: string;
  readonly port: number;
  /** Name that the certificate is checked against; the host when absent. */
  readonly servername?: string;
  readonly caPem: string;
  readonly path: string;
  /**
   * What some of the connections (`readEvery`) are asked after that: a read that etcd's majority has to agree to, which is what a
   * client can use. The first of these that is answered with 200 before the probing begins is taken; none where none is.
   */
  readonly reads?: readonly string[];
  /** 1–200: each probe is a new TCP and TLS connection. */
  readonly ratePerSecond: number;
  /** A probe that takes longer is given up. Above 1 s, so that a SYN that was sent again counts as slow, not as lost. */
  readonly timeoutMs: number;
  /** The prober stops by itself after this. */
  readonly durationMs?: number;
  /** Requests on kept connections beside the probes, as clients of Kubernetes make them. */
  readonly keptAlivePerSecond?: number;
  /** What every request logs in with; absent where the API answers `path` without. */
  readonly credentials?: Credentials;
  /** Acknowledged writes and a watch that follows them; absent where there are no credentials for them. */
  readonly writes?: WriteConfig;
}

export interface WriteConfig {
  readonly ratePerSecond: number;
  /** Written into and cleared again afterwards. */
  readonly namespace: string;
  /** Begins the names of this run's objects. */
  readonly prefix: string;
  /** Several clients write and read one object beside that, and what they saw is told. */
  readonly register?: boolean;
}

/** From a kubeconfig; travels to the prober on its standard input only. */
export interface Credentials {
  readonly clientCertPem?: string;
  readonly clientKeyPem?: string;
  readonly token?: string;
}

export const probeDefaults = { path: '/readyz', ratePerSecond: 100, timeoutMs: 3000 } as const;

/** `local`: the prober itself failed (files, ports, memory), which says nothing about the cluster. */
export const probeOutcomes = [
  'ok',
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'name',
  'tls',
  'http-4xx',
  'http-5xx',
  'protocol',
  'local',
] as const;

export type ProbeOutcome = (typeof probeOutcomes)[number];

/** `connect`: a new connection for each; `request`: on kept connections; `write`: one object created. */
export const probeKinds = ['connect', 'request', 'write'] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** One probe. Times are milliseconds of the machine's monotonic clock (`monotonicMs`), comparable between its processes. */
export interface ProbeSample {
  readonly kind: ProbeKind;
  /** Its place in the schedule: probe k was due at origin + k / rate. */
  readonly index: number;
  readonly sentMs: number;
  /** When TCP was connected, if it ever was. */
  readonly tcpMs?: number;
  /** When the TLS handshake was done, if it ever was. */
  readonly tlsMs?: number;
  readonly doneMs: number;
  readonly outcome: ProbeOutcome;
  readonly status?: number;
  /** Who answered, where the answer says so (`x-served-by`). */
  readonly node?: string;
  /** What came of the quorum read on the same connection; absent where none is made. */
  readonly read?: ReadAnswer;
  /** How much later than due it was sent: the prober's own fault. */
  readonly latenessMs: number;
}

/** The end of a quorum read. Only a status of 200 is `ok`. */
export interface ReadAnswer {
  readonly doneMs: number;
  readonly outcome: ProbeOutcome;
  /** The answer itself says that etcd is not well. */
  readonly etcd?: boolean;
}

/** What happened to the long-lived watch. */
export interface WatchEvent {
  readonly atMs: number;
  readonly what: 'open' | 'event' | 'lost';
  /** Why it was lost. */
  readonly outcome?: ProbeOutcome;
}

/** The acknowledged writes, read back once the cluster is well again. */
export interface WriteAudit {
  readonly acknowledged: number;
  /** Names of objects whose creation was acknowledged and that are not there. */
  readonly lost: readonly string[];
  /** Why nothing could be read back. */
  readonly failure?: string;
}

export interface ProbeSummary {
  readonly sent: number;
  readonly worstLatenessMs: number;
  readonly elapsedMs: number;
  /** Processor time that the prober used. */
  readonly cpuMs: number;
  /** The path of the quorum reads, where some were made. */
  readonly read?: string;
}

/** One line of the prober's output. */
export type ProbeMessage =
  | { readonly ready: true; readonly monotonicOrigin: number }
  | { readonly samples: readonly ProbeSample[] }
  | { readonly watch: readonly WatchEvent[] }
  | { readonly register: readonly RegisterOp[] }
  | { readonly audit: WriteAudit }
  | { readonly summary: ProbeSummary }
  | { readonly error: string };

/** CLOCK_MONOTONIC in milliseconds: the one clock of a drill. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Reads that need etcd cost the API servers more than a connection does: enough of them to see what a client can use. */
const readsPerSecond = 25;

/** On which of the connections a quorum read is made: 1 is each of them, 4 every fourth. */
export function readEvery(ratePerSecond: number): number {
  return Math.max(1, Math.round(ratePerSecond / readsPerSecond));
}
