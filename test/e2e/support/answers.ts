import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { known } from '../../../src/core/observed.ts';
import { parseNode } from '../../../src/observe/once/parse.ts';
import { parseSections, type Section } from '../../../src/observe/once/sections.ts';
import { wantedFiles } from '../../../src/plan/wanted.ts';
import type { NodeFileSet } from '../../../src/render/render.ts';

/** Writes sections as the observation's script does: `parseSections` the other way round. */
export function encodeSections(sections: Iterable<readonly [string, Section]>): string {
  const bytes = [...sections].map(([name, { rc, text }]) => `${name} ${rc} ${Buffer.byteLength(text)}\n${text}\n`);
  const lines =
    Buffer.from(bytes.join(''))
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  return `${lines.join('\n')}\n`;
}

/** What a real node answered, of which simulated ones are made. */
export interface Template {
  readonly spec: ClusterSpec;
  /** By the index of the node; each is the output of the observation's script. */
  readonly outputs: readonly string[];
}

/** Everything by which a node of the template's cluster and the simulated one differ, apart from its files. */
function renamed(template: ClusterSpec, from: number, spec: ClusterSpec, to: number) {
  const words = new Map<string, string>();
  for (const [index, { address }] of template.nodes.entries())
    words.set(address, spec.nodes[index]?.address ?? address);
  for (const [index, { address }] of template.endpoint.virtualIPs.entries())
    words.set(address, spec.endpoint.virtualIPs[index]?.address ?? address);
  words.set(template.nodes[from]?.address ?? '', spec.nodes[to]?.address ?? '');
  const pattern = new RegExp([...words.keys()].map((word) => `\\b${word.replaceAll('.', '\\.')}\\b`).join('|'), 'g');
  return (text: string): string => text.replaceAll(pattern, (word) => words.get(word) ?? word);
}

/** HAProxy's statistics have a row for each API server: as many as the simulated cluster has nodes. */
function withServers(csv: string, nodes: readonly string[]): string {
  const [header = '', ...rows] = csv.trimEnd().split('\n');
  const first = rows.filter((row) => row.split(',')[1] === 'cp1');
  const clients = rows.filter((row) => row.split(',')[1] === 'FRONTEND');
  return [
    header,
    ...clients,
    ...first.flatMap((row) => nodes.map((name) => row.replace(',cp1,', `,${name},`))),
    '',
  ].join('\n');
}

/** keepalived tells of each instance under which virtual router id it runs. */
function withRouterIds(dump: string, template: ClusterSpec, spec: ClusterSpec): string {
  return dump.replaceAll(/"vrid":(\d+)/g, (told, id) => {
    const place = template.endpoint.virtualIPs.findIndex(({ virtualRouterId }) => virtualRouterId === Number(id));
    const vip = spec.endpoint.virtualIPs[place];
    return vip ? `"vrid":${vip.virtualRouterId}` : told;
  });
}

function unitOf(text: string, revision: string): string {
  return text.replace(/K8S_HA_REVISION=\S+/, `K8S_HA_REVISION=${revision}`);
}

function withFiles(sections: ReadonlyMap<string, Section>, set: NodeFileSet, edit: (content: string) => string) {
  const revised = (name: string, text: string): string => {
    switch (name) {
      case 'haproxy-config':
        return `${set.haproxyConfigRevision}\n`.slice(0, text.endsWith('\n') ? undefined : -1);
      case 'keepalived-config':
        return text.replace(/^\S+/, set.keepalivedConfigRevision);
      case 'service:haproxy':
        return unitOf(text, set.haproxyUnitRevision);
      case 'service:keepalived':
        return unitOf(text, set.keepalivedUnitRevision);
      case 'guard':
        return text.replaceAll(/(?<=comment "k8s-ha )\w+/g, set.guardRevision ?? '');
      default:
        return text;
    }
  };
  return [
    ...[...sections]
      // The clock is the moment's, not the record's.
      .filter(([name]) => !name.startsWith('file:') && name !== 'clock')
      .map(([name, { rc, text }]) => [name, { rc, text: revised(name, text) }] as const),
    ...set.files.map(
      ({ path, mode, content }) =>
        [
          `file:${path}`,
          { rc: 0, text: `${mode.toString(8)} root:root\n${path.endsWith('haproxy.cfg') ? edit(content) : content}.` },
        ] as const,
    ),
  ];
}

/**
 * What every node of a simulated cluster answers: a real node's answer with this cluster's names, addresses and files.
 * @param drifted of these nodes somebody edited haproxy.cfg by hand
 */
export function simulate(template: Template, spec: ClusterSpec, drifted: readonly string[] = []): readonly string[] {
  const bases = spec.nodes.map((_, index) => {
    const from = Math.min(index, template.outputs.length - 1);
    const rename = renamed(template.spec, from, spec, index);
    const sections = [...parseSections(template.outputs[from] ?? '')].map(([name, { rc, text }]) => {
      const mine = rename(text);
      return [
        name,
        {
          rc,
          text:
            name === 'servers'
              ? withServers(
                  mine,
                  spec.nodes.map((node) => node.name),
                )
              : name === 'instances'
                ? withRouterIds(mine, template.spec, spec)
                : mine,
        },
      ] as const;
    });
    return new Map(sections);
  });
  const state = {
    nodes: spec.nodes.map(({ name }, index) => ({
      node: name,
      seen: known(parseNode(encodeSections(bases[index] ?? []), 0, 0)),
    })),
  };
  const wanted = wantedFiles(spec, state);
  if (!wanted.ok) throw new Error(JSON.stringify(wanted.error));
  return spec.nodes.map(({ name }, index) => {
    const set = wanted.value.sets.find(({ node }) => node === name);
    const base = bases[index];
    if (!set || !base) throw new Error(`no files for ${name}`);
    return encodeSections(
      withFiles(base, set, (content) => (drifted.includes(name) ? `${content}# edited by hand\n` : content)),
    );
  });
}
