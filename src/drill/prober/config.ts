import * as z from 'zod';
import { err, ok, type Result } from '../../core/result.ts';
import { probeDefaults, type ProbeConfig } from '../measure/probe.ts';

const text = z.string().min(1);

const schema = z.object({
  host: text,
  port: z.number().int().min(1).max(65_535),
  servername: text.exactOptional(),
  caPem: text,
  path: text.default(probeDefaults.path),
  reads: z.array(text).max(5).exactOptional(),
  ratePerSecond: z.number().min(1).max(200).default(probeDefaults.ratePerSecond),
  timeoutMs: z.number().positive().default(probeDefaults.timeoutMs),
  durationMs: z.number().positive().exactOptional(),
  keptAlivePerSecond: z.number().min(1).max(200).exactOptional(),
  credentials: z
    .object({
      clientCertPem: text.exactOptional(),
      clientKeyPem: text.exactOptional(),
      token: text.exactOptional(),
    })
    .exactOptional(),
  writes: z
    .object({
      ratePerSecond: z.number().min(1).max(200),
      namespace: text,
      prefix: text,
      register: z.boolean().exactOptional(),
    })
    .exactOptional(),
});

/** Reads the prober's one line of configuration. Values are never in the message: some are secret. */
export function parseProbeConfig(line: string): Result<ProbeConfig, string> {
  const fields = parseObject(line);
  if (!fields) return err('the configuration is not a JSON object');
  const parsed = schema.safeParse(fields);
  return parsed.success
    ? ok(parsed.data)
    : err(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/** The fields of a JSON object; undefined for anything else. */
export function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
