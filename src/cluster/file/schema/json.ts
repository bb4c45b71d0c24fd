import * as z from 'zod';
import { clusterFile } from '../schema.ts';

/** The cluster file's JSON Schema (draft 2020-12), for editors. */
export function jsonSchema(): JsonSchema {
  schema ??= {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JsonSchema names the part that this schema uses
    ...(z.toJSONSchema(clusterFile, { io: 'input' }) as JsonSchema),
    $id: schemaId,
    title: 'k8s-ha cluster file',
    description: 'Describes one Kubernetes cluster and its highly available API address.',
  };
  return schema;
}

/** Made when it is first asked for: every file with a mistake needs it, and it never changes. */
let schema: JsonSchema | undefined;

/** The name by which SchemaStore would have it; nothing is fetched from there. */
const schemaId = 'https://json.schemastore.org/k8s-ha.json';

/** The part of JSON Schema that the cluster file uses. */
export interface JsonSchema {
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The schema of one path; undefined where the cluster file has no such key. */
export function schemaAt(schema: JsonSchema, path: readonly (string | number)[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const part of path) {
    at = typeof part === 'number' ? at?.items : ownProperty(at, part);
    if (!at) return undefined;
  }
  return at;
}

function ownProperty({ properties, additionalProperties }: JsonSchema = {}, key: string): JsonSchema | undefined {
  if (properties && Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
