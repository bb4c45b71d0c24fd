import type { NumberedEvent } from '../watch/history.ts';
import type { ClusterView } from '../watch/view.ts';

/** What goes over the wire to the page; both ends share these types. */

/** First message of the stream. */
export interface Hello {
  readonly version: string;
  readonly clusters: readonly ClusterView[];
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
  readonly view: ClusterView;
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
}

/** Columns of the charts: times, then one column for each node. `null` where nothing was known. */
export interface Samples {
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
