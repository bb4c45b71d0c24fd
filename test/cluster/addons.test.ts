import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseAddons } from '../../src/cluster/addons.ts';

function configMap(name: string, more = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: platform\n${more}`;
}

function read(...texts: readonly string[]) {
  return parseAddons(texts.map((text, i) => ({ name: `addons/${i + 1}.yaml`, text })));
}

function messages(...texts: readonly string[]): readonly string[] {
  const result = read(...texts);
  return result.ok ? [] : result.error.map(({ message }) => message);
}

describe('the add-ons folder', () => {
  test('without a mode is reconciled, and says so in its label', () => {
    const result = read(configMap('a'));
    if (!result.ok) throw new Error(messages(configMap('a')).join('\n'));
    const [object] = result.value;
    expect(object).toMatchObject({ kind: 'ConfigMap', namespace: 'platform', name: 'a', mode: 'Reconcile' });
    expect(parse(object?.text ?? '')).toMatchObject({
      metadata: { namespace: 'platform', labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
    });
  });

  test('has its namespaces and definitions applied first, and lists taken apart', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: apps/v1, kind: Deployment, metadata: { name: d } }\n  - { apiVersion: v1, kind: Namespace, metadata: { name: n } }\n`;
    const result = read(configMap('a'), list, '# nothing but a comment\n');
    expect(result.ok && result.value.map(({ kind }) => kind)).toEqual(['Namespace', 'ConfigMap', 'Deployment.apps']);
  });

  test('is refused with file and line for each thing that is wrong with it', () => {
    expect(messages('kind: ConfigMap\n', `${configMap('ok')}---\napiVersion: v1\nkind: X\nmetadata: {}\n`)).toEqual([
      expect.stringMatching(/^addons\/1\.yaml:1:1: not a Kubernetes object/),
      expect.stringMatching(/^addons\/2\.yaml:7:1: not a Kubernetes object/),
    ]);
    expect(messages('a: [\n')).toEqual([expect.stringMatching(/^addons\/1\.yaml:\d+:\d+: /)]);
    expect(messages(configMap('a', '  labels: { addonmanager.kubernetes.io/mode: Sometimes }\n'))).toEqual([
      expect.stringContaining('"Sometimes", but can only be Reconcile or EnsureExists'),
    ]);
    expect(messages(configMap('$(reboot)'))).toHaveLength(1);
  });

  test('has each object once', () => {
    expect(messages(configMap('a'), configMap('a'))).toEqual(['addons/2.yaml: ConfigMap a is also in addons/1.yaml']);
  });

  test('of the examples can be read', () => {
    const folder = new URL('../../examples/addons/', import.meta.url);
    const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
    const result = parseAddons(files);
    expect(result.ok && result.value.map(({ mode, name }) => `${mode} ${name}`)).toEqual([
      'Reconcile platform',
      'Reconcile defaults',
      'EnsureExists settings',
    ]);
  });
});
