import type { NumberedEvent } from '../watch/history.ts';
import type { ShownCluster } from './shown.ts';

/** What goes over the wire to the page; both ends share these types. */

/** First message of the stream. */
export interface Hello {
  readonly version: string;
  readonly clusters: readonly ShownCluster[];
  readonly allowDrills: boolean;
  /** Faults by cluster place; empty unless drills are allowed. */
  readonly faults: readonly FaultInfo[];
}

export interface FaultInfo {
  readonly name: string;
  readonly summary: string;
}

/** A change of one cluster: `place` is its place in `Hello.clusters`. */
export interface Change {
  readonly place: number;
  readonly view: ShownCluster;
  readonly events: readonly NumberedEvent[];
}

/** A drill report that lies in the reports folder. */
export interface ReportInfo {
  readonly name: string;
  readonly atMs: number;
  /** One line of what it says, where the file says it. */
  readonly summary: string;
  readonly good: boolean;
  readonly html: boolean;
  readonly cluster: string;
  /** When each of its drills broke something, and until when. */
  readonly drills: readonly { readonly fault: string; readonly fromMs: number; readonly toMs: number }[];
}

/** Who held an address from a moment on, until the next span begins. */
export interface HolderSpan {
  readonly fromMs: number;
  readonly holders: readonly string[];
  /** False: somebody may have held it, but a node that could did not answer. */
  readonly known: boolean;
}

/** Columns of the charts: times, then one column for each node. `null` where nothing was known. */
export interface Samples {
  /** VIP → who held it, as the watch saw it, oldest first. */
  readonly holders: Readonly<Record<string, readonly HolderSpan[]>>;
  readonly atMs: readonly number[];
  readonly nodes: readonly {
    readonly node: string;
    readonly sessions: readonly (number | null)[];
    readonly rate: readonly (number | null)[];
    /** Longest of the node's last health checks of the API servers. */
    readonly checkMs: readonly (number | null)[];
  }[];
}

export interface DrillRequest {
  readonly place: number;
  readonly fault: string;
  /** The cluster's name, typed by the operator. */
  readonly confirm: string;
}
