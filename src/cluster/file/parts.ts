import * as z from 'zod';
import { parseDuration, durationText } from '../../core/duration.ts';
import { parseAddress } from '../../core/ip.ts';
import type { FileFindingId } from '../../core/findings/index.ts';
import { show } from './suggest.ts';

/** What a check of ours says about a value; `says` completes the sentence "`path` …". */
export interface Complaint {
  readonly rule: FileFindingId;
  readonly says: string;
  readonly reason?: string;
  readonly suggestion?: string;
}

/**
 * The building blocks of the schema. A block's `error` is the noun for what is expected there ("a port number"): it becomes
 * part of our own sentences in issues.ts, and no message of the library's reaches the user.
 */
function noun(words: string) {
  return { error: () => words };
}

/** Text that passes `judge`; control characters are refused everywhere, because values end up in configuration files. */
export function judged(words: string, judge: (text: string) => Complaint | undefined) {
  return z.string(noun(words)).superRefine((text, context) => {
    const complaint = controlCharacter(text) ?? judge(text);
    if (complaint) context.addIssue({ code: 'custom', params: { ...complaint } });
  });
}

function controlCharacter(text: string): Complaint | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\0-\x08\x0b-\x1f\x7f]/.test(text)
    ? { rule: 'bad-text', says: 'contains a control character', suggestion: 'Remove it.' }
    : undefined;
}

export function matching(words: string, pattern: RegExp, complaint: Omit<Complaint, 'says'>) {
  return judged(words, (text) =>
    pattern.test(text) ? undefined : { ...complaint, says: `is ${show(text)}, which is not ${words}` },
  );
}

export function integer(words: string, min: number, max: number) {
  return z.int(noun(words)).min(min).max(max);
}

export function port() {
  return integer('a port number', 1, 65_535);
}

export function flag() {
  return z.boolean(noun('true or false'));
}

export function choice<const T extends readonly string[]>(words: T) {
  return z.enum(words, noun(words.join(', ')));
}

export function address() {
  return judged('an IP address', (text) =>
    parseAddress(text)
      ? undefined
      : {
          rule: 'not-an-address',
          says: `is ${show(text)}, which is not an IP address`,
          reason:
            'Addresses are written in full: names, short forms such as 10.1, prefixes (/24) and zones (%eth0) mean different things to different programs.',
          suggestion: text.includes('/')
            ? `Write it without the prefix length.`
            : 'Write an address such as 172.16.100.100 or fd00::100.',
        },
  );
}

export interface DurationLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

const hour = 3_600_000;

/** A duration with a unit, in whole milliseconds. */
export function duration({ minMs, maxMs }: DurationLimits = { minMs: 1, maxMs: hour }) {
  return judged('a duration', (text) => {
    if (/^\d+(\.\d+)?$/.test(text.trim())) return withoutUnit(text.trim());
    const parsed = parseDuration(text);
    const suggestion = 'Write a number with a unit: 500ms, 2s, 1m.';
    if (!parsed.ok) return { rule: 'bad-duration', says: `is ${show(text)}, which is not a duration`, suggestion };
    if (!Number.isSafeInteger(parsed.value)) {
      return {
        rule: 'bad-duration',
        says: `is ${show(text)}, which is not a whole number of milliseconds`,
        suggestion,
      };
    }
    return parsed.value < minMs || parsed.value > maxMs
      ? {
          rule: 'out-of-range',
          says: `is ${show(text)}, which is outside ${durationText(minMs)}–${durationText(maxMs)}`,
          suggestion: `Write a duration from ${durationText(minMs)} to ${durationText(maxMs)}.`,
        }
      : undefined;
  });
}

export function withoutUnit(digits: string | number): Complaint {
  return {
    rule: 'duration-without-unit',
    says: `is ${digits} without a unit`,
    reason: 'Some programs read a bare number as seconds, others as milliseconds; guessing is how outages are made.',
    suggestion: `Write ${digits}ms or ${digits}s, whichever you mean.`,
  };
}

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const lower = 'Use small letters, digits and hyphens, beginning and ending with a letter or digit.';

export function clusterName() {
  return matching('a cluster name', new RegExp(`^${label}$`), {
    rule: 'bad-name',
    reason: 'The name stands in configuration files and is where the virtual router id is derived from.',
    suggestion: lower,
  });
}

export function nodeName() {
  return matching('a node name', new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`), {
    rule: 'bad-name',
    reason: 'The name becomes the name of a HAProxy server and should be the name of the Kubernetes node.',
    suggestion: lower,
  });
}

/** An address passes too: the rule dns-name-is-address then says what to do with it. */
export function dnsName() {
  return judged('a DNS name', (text) =>
    new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`).test(text) || parseAddress(text)
      ? undefined
      : { rule: 'bad-name', says: `is ${show(text)}, which is not a DNS name`, suggestion: lower },
  );
}

export function interfaceName() {
  return matching('an interface name', /^[A-Za-z0-9][\w.@-]*$/, {
    rule: 'bad-name',
    suggestion: 'Write the name as `ip link` shows it, without what follows an @.',
  });
}

export function userName() {
  return matching('a login name', /^[A-Za-z_][\w.-]*\$?$/, {
    rule: 'bad-name',
    reason: 'The name becomes an argument of ssh.',
    suggestion: 'Write a login name such as root or admin.',
  });
}

/** Printable, without what a configuration file would take for something else; whether it begins with / is a rule's business. */
export function pathLike(words: string) {
  return matching(words, /^[\w./?=&%:+~,@-]+$/, {
    rule: 'bad-text',
    reason: 'It is written into haproxy.cfg, where spaces, quotes, # and \\ end or change a word.',
    suggestion: 'Use letters, digits and ./_- only.',
  });
}

/** The name of a container image, with its registry: short names mean different images on different nodes. */
export function imageName() {
  return matching(
    'the full name of an image',
    /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)+(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?$/,
    {
      rule: 'bad-name',
      reason: 'A short name would be looked for in whatever registries a node is set up with.',
      suggestion: 'Write it with its registry, such as docker.io/library/haproxy:3.0.',
    },
  );
}

/** A folder of the operator's machine. */
export function folderPath() {
  return matching('a path', /^[^\p{Cc}]+$/u, {
    rule: 'bad-text',
    reason: 'A path has no control characters.',
    suggestion: 'Write it as ./addons.',
  });
}

/** Several lines, passed on as they are. */
export function lines() {
  return judged('text', () => undefined);
}

/** ssh's own options; numbers and booleans are what people write for `Port: 22` or `Compression: yes`. */
export function sshOptions() {
  return z.record(
    matching('an ssh option', /^[A-Za-z][A-Za-z0-9]*$/, {
      rule: 'bad-name',
      suggestion: 'Write the name as ssh_config(5) has it.',
    }),
    z.union([judged('text', oneLine), z.number(), z.boolean()], noun('text')),
    noun('a mapping of ssh options'),
  );
}

function oneLine(text: string): Complaint | undefined {
  return text.includes('\n')
    ? { rule: 'bad-text', says: 'has several lines', suggestion: 'Write the option on one line.' }
    : undefined;
}

export function mapping<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, noun('a mapping'));
}

export function listOf<T extends z.ZodType>(item: T, words: string, max: number) {
  return z.array(item, noun(words)).min(1).max(max);
}

/** What the reference and editors say about a key. */
export function about(description: string, ...examples: unknown[]) {
  return {
    description,
    ...(examples.length > 0 && { examples }),
  };
}
