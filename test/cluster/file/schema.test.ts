import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonSchema, schemaAt, type JsonSchema } from '../../../src/cluster/file/schema/json.ts';

function walk(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  return [
    [path, schema],
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) => walk(child, `${path}.${key}`)),
    ...(schema.items ? walk(schema.items, `${path}[]`) : []),
  ];
}

describe('jsonSchema', () => {
  it('describes every key, so that editors have something to say', () => {
    const silent = walk(jsonSchema()).filter(
      ([path, { description }]) => description === undefined && path !== '.nodes[]',
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('allows no unknown key in any mapping', () => {
    const open = walk(jsonSchema()).filter(
      ([, { type, additionalProperties }]) => type === 'object' && additionalProperties !== false,
    );
    expect(open.map(([path]) => path)).toEqual(['.nodes[].ssh.options', '.ssh.options']);
  });

  it('needs only the name, the VIPs and the nodes', () => {
    const needed = walk(jsonSchema()).flatMap(([path, { required = [] }]) => required.map((key) => `${path}.${key}`));
    expect(needed).toEqual([
      '.name',
      '.endpoint',
      '.nodes',
      '.endpoint.virtualIPs',
      '.nodes[].name',
      '.nodes[].address',
    ]);
  });
});

describe("SchemaStore's entry in the documentation", () => {
  it('names the schema as it names itself', () => {
    const page = readFileSync('docs/guides/automation.md', 'utf8');
    const entry: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    expect(entry).toMatchObject({
      name: jsonSchema().title,
      url: jsonSchema().$id,
      fileMatch: ['k8s-ha.yaml', 'k8s-ha.yml'],
    });
  });
});

describe('schemaAt', () => {
  it('finds the schema of a path, and nothing where there is none', () => {
    expect(schemaAt(jsonSchema(), ['nodes', 3, 'priority'])?.maximum).toBe(254);
    expect(schemaAt(jsonSchema(), ['nodes', 'priority'])).toBeUndefined();
    expect(schemaAt(jsonSchema(), ['constructor'])).toBeUndefined();
  });
});
