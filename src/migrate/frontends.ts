import { addressAndPort } from '../adopt/haproxy/address.ts';
import type { HaproxyTree, Section } from '../adopt/haproxy/sections.ts';

/** What a HAProxy serves on one port, besides the API. */
export interface Frontend {
  readonly name: string;
  readonly port: number;
  /** It only tells of HAProxy itself: statistics, metrics, a health page. */
  readonly onlyTells: boolean;
}

export function frontendsOf(tree: HaproxyTree): readonly Frontend[] {
  return tree.sections
    .filter(({ kind }) => kind === 'frontend' || kind === 'listen')
    .flatMap((section) =>
      portsOf(section).map((port) => ({
        name: section.name?.text ?? section.kind,
        port,
        onlyTells: onlyTells(section),
      })),
    );
}

function portsOf(section: Section): readonly number[] {
  return [
    ...new Set(
      section.lines
        .filter((words) => words[0]?.text === 'bind')
        .flatMap(([, at]) => (at?.text ?? '').split(','))
        .flatMap((part) => addressAndPort(part.replace(/^ipv[46]@/, ''))?.port ?? []),
    ),
  ];
}

function onlyTells({ lines }: Section): boolean {
  const firsts = new Set(lines.map(([first]) => first?.text));
  return !['server', 'server-template', 'default_backend', 'use_backend', 'dispatch'].some((word) => firsts.has(word));
}
