import { isMap, isScalar, isSeq, type Pair } from 'yaml';
import type { Source } from '../../cluster/file/source.ts';
import type { Word } from '../word.ts';
import { programOf, type ContainerConfig } from './container.ts';
import { documents, wordOf } from './yaml.ts';

/** The services of a Docker Compose file that run keepalived or HAProxy. Text that is no YAML has none. */
export function readCompose(source: Source): ContainerConfig[] {
  return documents(source.text).flatMap((root) => {
    const services = isMap(root) ? root.get('services') : undefined;
    if (!isMap(services)) return [];
    return services.items.flatMap(({ value: item }: Pair) => {
      if (!isMap(item)) return [];
      const image = wordOf(item.get('image', true), source);
      const program = image && programOf(image.text);
      if (!image || !program) return [];
      return [
        {
          program,
          image,
          environment: environmentOf(item.get('environment', true), source),
          by: 'manifest',
          unread: [],
        },
      ];
    });
  });
}

/** A list of `NAME=VALUE`, or a mapping. */
function environmentOf(node: unknown, source: Source): Map<string, Word> {
  const environment = new Map<string, Word>();
  if (isSeq(node))
    for (const item of node.items) {
      const word = wordOf(item, source);
      const at = word?.text.indexOf('=') ?? -1;
      if (word && at > 0) environment.set(word.text.slice(0, at), { ...word, text: word.text.slice(at + 1) });
    }
  if (isMap(node))
    for (const { key, value } of node.items) {
      const word = wordOf(value, source);
      if (word && isScalar(key)) environment.set(String(key.value), word);
    }
  return environment;
}
