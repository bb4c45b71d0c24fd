import { isMap, isSeq } from 'yaml';
import type { Source } from '../../cluster/file/source.ts';
import type { Word } from '../word.ts';
import { programOf, type ContainerConfig } from './container.ts';
import { documents, wordOf } from './yaml.ts';

/** The containers of static-pod manifests that run keepalived or HAProxy. Text that is no YAML has none. */
export function readManifests(source: Source): ContainerConfig[] {
  return documents(source.text).flatMap((root) => {
    if (!isMap(root) || root.get('kind') !== 'Pod') return [];
    const containers = root.getIn(['spec', 'containers'], true);
    if (!isSeq(containers)) return [];
    return containers.items.flatMap((item) => {
      if (!isMap(item)) return [];
      const image = wordOf(item.get('image', true), source);
      const program = image && programOf(image.text);
      if (!image || !program) return [];
      return [
        { program, image, environment: environmentOf(item.get('env', true), source), by: 'manifest', unread: [] },
      ];
    });
  });
}

function environmentOf(list: unknown, source: Source): Map<string, Word> {
  const environment = new Map<string, Word>();
  if (!isSeq(list)) return environment;
  for (const item of list.items) {
    if (!isMap(item)) continue;
    const name = wordOf(item.get('name', true), source);
    const value = wordOf(item.get('value', true), source);
    if (name && value) environment.set(name.text, value);
  }
  return environment;
}
