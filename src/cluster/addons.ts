import { isAlias, LineCounter, parseAllDocuments, stringify, visit, type Document } from 'yaml';
import * as z from 'zod';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';

/** What becomes of an object that somebody else changes, or that leaves the folder. */
export type AddonMode = 'Reconcile' | 'EnsureExists';

/** The label of Kubernetes' own add-on manager, so that its manifests work here as they are. */
export const addonModeLabel = 'addonmanager.kubernetes.io/mode';

/** One object of the add-ons folder, ready to be applied. */
export interface AddonObject {
  readonly file: string;
  /** With its group, as kubectl takes it: `Deployment.apps`, `ConfigMap`. Without version: a newer one is the same object. */
  readonly kind: string;
  /** Empty where none is said: `default`, or the kind has none. */
  readonly namespace: string;
  readonly name: string;
  readonly mode: AddonMode;
  /** The role that a binding gives. */
  readonly gives?: { readonly kind: string; readonly name: string };
  /** The kind that a CustomResourceDefinition defines. */
  readonly defines?: { readonly kind: string; readonly resource: string; readonly namespaced: boolean };
  /** YAML, with the mode's label. */
  readonly text: string;
}

/** A folder of manifests goes to every node in the files of the rollout: pages, not megabytes. */
export const maxAddonBytes = 512 * 1024;

const objectSchema = z.looseObject({
  apiVersion: z.string().regex(/^(?:[a-z0-9][a-z0-9.-]{0,252}\/)?v[a-z0-9]{1,30}$/),
  kind: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,62}$/),
  metadata: z.looseObject({
    // No name begins with a dash: no program can take one for an option.
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,252}$/),
    namespace: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
      .default(''),
    labels: z.record(z.string(), z.unknown()).default({}),
  }),
});

/** What a binding says of the role that it gives, as far as kubectl's rights need it. */
const bindingSchema = z.object({
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  roleRef: z.object({
    kind: z.enum(['Role', 'ClusterRole']),
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,252}$/),
  }),
});

const definitionSchema = z.object({
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    group: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/),
    scope: z.enum(['Namespaced', 'Cluster']),
    names: z.object({
      kind: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,62}$/),
      plural: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
    }),
  }),
});

const listSchema = z.object({ kind: z.string().regex(/List$/), items: z.array(z.unknown()) });

/** Objects that others need come first; the rest in the order of files and documents. */
const firstKinds = ['Namespace', 'CustomResourceDefinition'];

/**
 * Reads the manifests of an add-ons folder. All problems are told, each with its file and line.
 * @param files YAML or JSON, with the names that findings show
 */
export function parseAddons(
  files: readonly { readonly name: string; readonly text: string }[],
): Result<readonly AddonObject[], readonly Finding[]> {
  const read = files.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(objectsOf);
  const objects = read.flatMap((each) => each.objects);
  const findings = [...read.flatMap((each) => each.findings), ...duplicates(objects)];
  if (findings.length > 0) return err(findings);
  const rank = ({ kind }: AddonObject): number => {
    const place = firstKinds.findIndex((first) => kind.split('.')[0] === first);
    return place === -1 ? firstKinds.length : place;
  };
  return ok(objects.toSorted((a, b) => rank(a) - rank(b)));
}

interface Read {
  readonly objects: readonly AddonObject[];
  readonly findings: readonly Finding[];
}

function objectsOf({ name: file, text }: { readonly name: string; readonly text: string }): Read {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter });
  const problem = (offset: number, message: string, suggestion?: string): Finding => {
    const { line, col } = lineCounter.linePos(offset);
    return {
      rule: 'addon',
      severity: 'error',
      message: `${file}:${line}:${col}: ${message}`,
      ...(suggestion !== undefined && { suggestion }),
    };
  };
  const broken = documents.flatMap(({ errors }) =>
    errors.map((error) => problem(error.pos[0], error.message.split('\n')[0] ?? '')),
  );
  if (broken.length > 0) return { objects: [], findings: broken };
  const objects: AddonObject[] = [];
  const findings: Finding[] = [];
  for (const document of documents) {
    const offset = document.contents?.range?.[0] ?? 0;
    for (const value of valuesOf(document)) {
      const object = objectOf(file, value);
      if (object.ok) objects.push(object.value);
      else findings.push(problem(offset, object.error, 'Every object needs apiVersion, kind and metadata.name.'));
    }
  }
  return { objects, findings };
}

function valuesOf(document: Document.Parsed): readonly unknown[] {
  let aliases = 0;
  visit(document, (_, node) => {
    if (isAlias(node)) aliases += 1;
  });
  // toJS refuses what aliases blow up; few of them are ordinary.
  const value: unknown = document.toJS({ maxAliasCount: Math.min(100, aliases + 1) });
  if (value === null || value === undefined) return [];
  const list = listSchema.safeParse(value);
  return list.success ? list.data.items : [value];
}

function objectOf(file: string, value: unknown): Result<AddonObject, string> {
  const read = objectSchema.safeParse(value);
  if (!read.success) return err(`not a Kubernetes object: ${z.prettifyError(read.error).replaceAll(/\s*\n\s*/g, ' ')}`);
  const { apiVersion, kind, metadata } = read.data;
  const mode = metadata.labels[addonModeLabel] ?? 'Reconcile';
  if (mode !== 'Reconcile' && mode !== 'EnsureExists')
    return err(`the label ${addonModeLabel} is ${JSON.stringify(mode)}, but can only be Reconcile or EnsureExists`);
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  const { namespace, ...rest } = metadata;
  const binding = bindingSchema.safeParse(read.data).data;
  const definition = definitionSchema.safeParse(read.data).data?.spec;
  return ok({
    file,
    kind: `${kind}${group}`,
    namespace,
    name: metadata.name,
    mode,
    ...(binding && { gives: binding.roleRef }),
    ...(definition && {
      defines: {
        kind: `${definition.names.kind}.${definition.group}`,
        resource: definition.names.plural,
        namespaced: definition.scope === 'Namespaced',
      },
    }),
    text: stringify({
      ...read.data,
      metadata: {
        ...rest,
        ...(namespace !== '' && { namespace }),
        labels: { ...metadata.labels, [addonModeLabel]: mode },
      },
    }),
  });
}

function duplicates(objects: readonly AddonObject[]): readonly Finding[] {
  const seen = new Map<string, AddonObject>();
  return objects.flatMap((object): Finding[] => {
    const key = [object.kind, object.namespace, object.name].join(' ');
    const before = seen.get(key);
    seen.set(key, object);
    if (!before) return [];
    return [
      {
        rule: 'addon-twice',
        severity: 'error',
        message: `${object.file}: ${object.kind} ${object.name} is also in ${before.file}`,
        reason: 'The two would take turns for ever.',
      },
    ];
  });
}
