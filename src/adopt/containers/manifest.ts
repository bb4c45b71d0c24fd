import { isMap, isScalar, isSeq, parseAllDocuments, type Node } from 'yaml';
import type { Source } from '../../cluster/file/source.ts';
import type { Word } from '../word.ts';
import { programOf, type ContainerConfig } from './container.ts';

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

function documents(text: string): (Node | null)[] {
  try {
    return parseAllDocuments(text, { logLevel: 'silent' }).map(({ contents }) => contents);
  } catch {
    // The parser gives up on what is nested without end: no manifest then.
    return [];
  }
}

function wordOf(node: unknown, source: Source): Word | undefined {
  return isScalar(node) && node.range
    ? { text: String(node.value), source, start: node.range[0], end: Math.max(node.range[0] + 1, node.range[1]) }
    : undefined;
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
