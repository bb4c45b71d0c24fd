import { probeOutcomes, type ProbeMessage, type ProbeOutcome, type ProbeSample, type ProbeSummary } from '../probe.ts';
import { isObject, parseObject } from './config.ts';

/** Reads one line of the prober's output; undefined for what is not one. */
export const parseProbeMessage = (line: string): ProbeMessage | undefined => {
  const fields = parseObject(line);
  if (!fields) return undefined;
  if (fields['ready'] === true && typeof fields['monotonicOrigin'] === 'number')
    return { ready: true, monotonicOrigin: fields['monotonicOrigin'] };
  if (Array.isArray(fields['samples']) && fields['samples'].every(isSample)) return { samples: fields['samples'] };
  if (isSummary(fields['summary'])) return { summary: fields['summary'] };
  return typeof fields['error'] === 'string' ? { error: fields['error'] } : undefined;
};

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isOutcome = (value: unknown): value is ProbeOutcome => probeOutcomes.some((outcome) => outcome === value);

const isSample = (value: unknown): value is ProbeSample =>
  isObject(value) &&
  [value['index'], value['sentMs'], value['doneMs'], value['latenessMs']].every(isNumber) &&
  isOutcome(value['outcome']);

const isSummary = (value: unknown): value is ProbeSummary =>
  isObject(value) && [value['sent'], value['worstLatenessMs'], value['elapsedMs'], value['cpuMs']].every(isNumber);
