import { z } from 'zod';

/** What became of clients that use their one connection all the time. */
export const keptReport = z.object({
  kept: z.int(),
  hung: z.int(),
  ended: z.array(z.string()),
  answered: z.int(),
  medianStallMs: z.number(),
  longestStallMs: z.number(),
  /** How much later than due a request was sent, at most, since the mark: the clients' own fault. */
  latenessMs: z.number(),
});
export type KeptReport = z.infer<typeof keptReport>;

export interface KeptClients {
  /** Forgets how long they have waited until now. */
  mark(): void;
  /** Ends them: what became of each connection. */
  stop(): Promise<KeptReport>;
  /** Ends them, whatever became of them. */
  kill(): void;
}
