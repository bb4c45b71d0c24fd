import type { core } from 'zod';
import type { Finding } from '../../core/finding.ts';
import type { Path } from './document.ts';
import { withoutUnit, type Complaint } from './parts.ts';
import { jsonSchema, schemaAt, type JsonSchema } from './schema/json.ts';
import { list, nearest, pathText, plain, show } from './suggest.ts';

type Issue = core.$ZodIssue;

/** Which part of the text a finding points to: an unknown key itself, otherwise the value. */
export interface Aimed {
  readonly finding: Finding & { readonly path: Path };
  readonly aim: 'key' | 'value';
}

/** The schema's issues in our own words, each with the path it is about. */
export function issueFindings(data: unknown, issues: readonly Issue[]): Aimed[] {
  const schema = jsonSchema();
  const tooLong = issues
    .filter(({ code }) => code === 'too_big')
    .filter((issue) => Array.isArray(valueAt(data, pathOf(issue))));
  // A list that is much too long is one mistake, not one for each of its items.
  const within = (path: Path): boolean =>
    tooLong.some((issue) => path.length > issue.path.length && startsWith(path, pathOf(issue)));
  // One complaint for each value: of a wrong type, its length or range says nothing.
  const wrong = new Set(issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => JSON.stringify(path)));
  const implied = ({ code, path }: Issue): boolean =>
    (code === 'too_small' || code === 'too_big') && wrong.has(JSON.stringify(path));
  return issues
    .filter((issue) => !within(pathOf(issue)) && !implied(issue))
    .flatMap((issue) => translate(issue, pathOf(issue), data, schema));
}

function translate(issue: Issue, path: Path, data: unknown, schema: JsonSchema): Aimed[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, schema));
  if (issue.code === 'invalid_key') return issue.issues.flatMap((inner) => translate(inner, path, data, schema));
  const value = issue.code === 'custom' && issue.path.length === 0 ? path.at(-1) : valueAt(data, path);
  if (value === undefined) return [missingKey(path, schema)];
  const says = complaint(issue, path, value, schema);
  const { rule, reason, suggestion } = says;
  return [
    {
      aim: 'value',
      finding: {
        rule,
        severity: 'error',
        message: `${pathText(path)} ${says.says}`,
        ...(reason !== undefined && { reason }),
        ...(suggestion !== undefined && { suggestion }),
        path,
      },
    },
  ];
}

function complaint(issue: Issue, path: Path, value: unknown, schema: JsonSchema): Complaint {
  if (issue.code === 'custom') return ownComplaint(issue.params);
  const at = schemaAt(schema, path) ?? {};
  if (issue.code === 'too_big' || issue.code === 'too_small') return outOfRange(value, at);
  if (issue.code === 'invalid_value') return badChoice(value, issue.values.map(String));
  return wrongType(issue.message, value, at);
}

/** @throws for a custom issue without a complaint: only parts.ts makes them, always with one */
function ownComplaint(params: unknown): Complaint {
  if (!isComplaint(params)) throw new Error('a custom issue without a complaint');
  return params;
}

function isComplaint(params: unknown): params is Complaint {
  return typeof params === 'object' && params !== null && 'rule' in params && 'says' in params;
}

function outOfRange(value: unknown, { minimum, maximum, maxItems }: JsonSchema): Complaint {
  const rule = 'out-of-range';
  if (!Array.isArray(value)) {
    const range = `${minimum ?? ''}–${maximum ?? ''}`;
    return {
      rule,
      says: `is ${show(value)}, which is outside ${range}`,
      suggestion: `Write a number from ${minimum ?? ''} to ${maximum ?? ''}.`,
    };
  }
  if (value.length === 0) return { rule, says: 'is an empty list', suggestion: 'Add at least one entry.' };
  return {
    rule,
    says: `has ${value.length} entries; at most ${maxItems ?? ''} are possible`,
    reason:
      'More control-plane nodes or VIPs make etcd and VRRP slower, not safer: real clusters have three or five nodes.',
    suggestion: 'List the control-plane nodes only; workers do not belong here.',
  };
}

function badChoice(value: unknown, choices: readonly string[]): Complaint {
  const meant =
    typeof value === 'boolean'
      ? choices.find((choice) => choice === (value ? 'on' : 'off'))
      : nearest(plain(value), choices);
  return {
    rule: 'bad-choice',
    says: `is ${show(value)}; it can be ${list(choices, 'or')}`,
    suggestion: meant === undefined ? `Write ${list(choices, 'or')}.` : `Did you mean "${meant}"?`,
  };
}

function wrongType(noun: string, value: unknown, at: JsonSchema): Complaint {
  if (noun === 'a duration' && typeof value === 'number') return withoutUnit(value);
  const suggestion = conversion(value, at);
  return {
    rule: 'wrong-type',
    says: value === null ? `has no value, but needs ${noun}` : `is ${show(value)}, but must be ${noun}`,
    ...(suggestion !== undefined && { suggestion }),
  };
}

function conversion(value: unknown, { type, examples }: JsonSchema): string | undefined {
  if (value === null) return 'Give it a value, or remove the key.';
  const text = plain(value);
  if (type === 'boolean')
    return /^(yes|on|y)$/i.test(text)
      ? 'Write true.'
      : /^(no|off|n)$/i.test(text)
        ? 'Write false.'
        : 'Write true or false.';
  if (type === 'integer' && typeof value === 'string' && /^\d+$/.test(value)) return `Write ${value} without quotes.`;
  if (type === 'string' && typeof value !== 'object') return `Write it in quotes: "${text}".`;
  if (type === 'array' && typeof value !== 'object') return `Write a list: [${show(value).replaceAll('"', '')}].`;
  const [example] = examples ?? [];
  return example === undefined || typeof example === 'object' ? undefined : `Write something like ${plain(example)}.`;
}

function missingKey(path: Path, schema: JsonSchema): Aimed {
  const key = String(path.at(-1));
  const { description: reason, examples } = schemaAt(schema, path) ?? {};
  const [example] = examples ?? [];
  return {
    aim: 'value',
    finding: {
      rule: 'missing-key',
      severity: 'error',
      message: `${pathText(path.slice(0, -1))} has no "${key}"`,
      ...(reason !== undefined && { reason }),
      suggestion:
        example === undefined || typeof example === 'object'
          ? `Add "${key}:".`
          : `Add "${key}: ${plain(example)}" with your own value.`,
      path,
    },
  };
}

function unknownKey(parent: Path, key: string, schema: JsonSchema): Aimed {
  const keys = Object.keys(schemaAt(schema, parent)?.properties ?? {});
  return {
    aim: 'key',
    finding: {
      rule: 'unknown-key',
      severity: 'error',
      message: `${pathText(parent)} has no key ${show(key)}`,
      reason: `A key that nobody reads would be a setting that is not in force. Known here: ${list(keys)}.`,
      suggestion: unknownKeyRemedy(key, keys, schema),
      path: [...parent, key],
    },
  };
}

function unknownKeyRemedy(key: string, keys: readonly string[], schema: JsonSchema): string {
  if (key === '<<') return 'Merge keys are not part of YAML 1.2: write the keys out.';
  const meant = synonyms[key.toLowerCase()] ?? key;
  const near = keys.includes(meant) ? meant : nearest(key, keys);
  if (near !== undefined) return `Did you mean "${near}"?`;
  const elsewhere = placesOf(meant, schema);
  return elsewhere.length > 0 ? `Did you mean "${list(elsewhere, 'or')}"?` : 'Remove it.';
}

/** What people write for our keys. */
const synonyms: Readonly<Record<string, string>> = {
  vip: 'virtualIPs',
  vips: 'virtualIPs',
  addresses: 'virtualIPs',
  masters: 'nodes',
  hosts: 'nodes',
  servers: 'nodes',
  ip: 'address',
  host: 'address',
  hostname: 'name',
  nic: 'interface',
  vrid: 'virtualRouterId',
  dns: 'dnsName',
  timeout: 'target',
};

/** Full names of the keys called `key` anywhere in the cluster file. */
function placesOf(key: string, schema: JsonSchema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    ...(name === key ? [`${prefix}${name}`] : []),
    ...placesOf(key, child, `${prefix}${name}.`),
    ...(child.items ? placesOf(key, child.items, `${prefix}${name}[].`) : []),
  ]);
}

/** Zod's paths may hold symbols; keys of a YAML file cannot be any. */
export function pathOf({ path }: Issue): Path {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part) ? Reflect.get(at, part) : undefined,
    data,
  );
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.every((part, i) => path[i] === part);
}
