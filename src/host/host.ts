import type { Command, CommandResult } from '../core/command.ts';

/** How we reach a node. Commands never throw for what a node or network can do wrong: the result says it. */
export interface Host {
  /** The node's name in the cluster file. */
  readonly name: string;
  run(command: Command, options?: { readonly signal?: AbortSignal }): Promise<CommandResult>;
  /** Ends the shared connection, where there is one. */
  close(): Promise<void>;
}
