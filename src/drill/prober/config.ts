import { err, ok, type Result } from '../../core/result.ts';
import { probeDefaults, type ProbeConfig } from '../probe.ts';

/** Reads the prober's one line of configuration. */
export const parseProbeConfig = (line: string): Result<ProbeConfig, string> => {
  const fields = parseObject(line);
  if (!fields) return err('the configuration is not a JSON object');
  const text = (name: string): string | undefined =>
    typeof fields[name] === 'string' && fields[name] !== '' ? fields[name] : undefined;
  const number = (name: string): number | undefined =>
    typeof fields[name] === 'number' && Number.isFinite(fields[name]) ? fields[name] : undefined;
  const host = text('host');
  const port = number('port');
  const caPem = text('caPem');
  const path = text('path') ?? probeDefaults.path;
  const ratePerSecond = number('ratePerSecond') ?? probeDefaults.ratePerSecond;
  const timeoutMs = number('timeoutMs') ?? probeDefaults.timeoutMs;
  const servername = text('servername');
  const durationMs = number('durationMs');
  if (host === undefined || port === undefined || caPem === undefined) return err('host, port and caPem are needed');
  if (ratePerSecond < 1 || ratePerSecond > 200) return err(`ratePerSecond ${ratePerSecond} is not in 1–200`);
  if (timeoutMs <= 0) return err(`timeoutMs ${timeoutMs} is not positive`);
  return ok({
    host,
    port,
    caPem,
    path,
    ratePerSecond,
    timeoutMs,
    ...(servername === undefined ? {} : { servername }),
    ...(durationMs === undefined ? {} : { durationMs }),
  });
};

/** The fields of a JSON object; undefined for anything else. */
export const parseObject = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
