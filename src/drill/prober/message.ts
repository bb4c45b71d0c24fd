import * as z from 'zod';
import { probeKinds, probeOutcomes, type ProbeMessage } from '../measure/probe.ts';
import { parseObject } from './config.ts';

const outcome = z.enum(probeOutcomes);

const sample = z.object({
  kind: z.enum(probeKinds),
  index: z.number(),
  sentMs: z.number(),
  tcpMs: z.number().exactOptional(),
  tlsMs: z.number().exactOptional(),
  doneMs: z.number(),
  outcome,
  status: z.number().exactOptional(),
  node: z.string().exactOptional(),
  read: z.object({ doneMs: z.number(), outcome, etcd: z.boolean().exactOptional() }).exactOptional(),
  latenessMs: z.number(),
});

const message = z.union([
  z.object({ ready: z.literal(true), monotonicOrigin: z.number() }),
  z.object({ samples: z.array(sample) }),
  z.object({
    watch: z.array(
      z.object({ atMs: z.number(), what: z.enum(['open', 'event', 'lost']), outcome: outcome.exactOptional() }),
    ),
  }),
  z.object({
    register: z.array(
      z.object({
        what: z.enum(['read', 'write']),
        value: z.string(),
        sentMs: z.number(),
        doneMs: z.number(),
        acknowledged: z.boolean(),
      }),
    ),
  }),
  z.object({
    audit: z.object({ acknowledged: z.number(), lost: z.array(z.string()), failure: z.string().exactOptional() }),
  }),
  z.object({
    summary: z.object({
      sent: z.number(),
      worstLatenessMs: z.number(),
      elapsedMs: z.number(),
      cpuMs: z.number(),
      read: z.string().exactOptional(),
    }),
  }),
  z.object({ error: z.string() }),
]);

/** Reads one line of the prober's output; undefined for what is not one. */
export function parseProbeMessage(line: string): ProbeMessage | undefined {
  const fields = parseObject(line);
  const parsed = fields && message.safeParse(fields);
  return parsed?.success ? parsed.data : undefined;
}
