import { quote } from '../../core/command.ts';
import { readManifests } from '../../adopt/containers/manifest.ts';
import { source } from '../../cluster/file/source.ts';
import { stateDir } from '../../node/paths.ts';
import type { ForeignKind, Former } from './foreign.ts';

export const manifestsDir = '/etc/kubernetes/manifests';

/** Manifests that were taken out of the kubelet's sight. */
export const keptManifests = `${stateDir}/manifests`;

function nameOf(id: string): string {
  return id.split('/').at(-1) ?? id;
}

function kept({ id }: Former): string {
  return `${keptManifests}/${nameOf(id)}`;
}

/**
 * Static pods: the kubelet ends one whose manifest goes, and starts it again when it comes back. It sends SIGTERM and waits as
 * long as the manifest says.
 */
export const staticPods: ForeignKind = {
  runners: ['static-pod'],
  look: `for manifest in ${manifestsDir}/*.yaml ${manifestsDir}/*.yml; do
    [ -f "$manifest" ] && grep -qiE 'keepalived|haproxy' "$manifest" && emit "manifest:$manifest" cat "$manifest"
done`,
  find: (sections) =>
    [...sections].flatMap(([name, { rc, text }]): Former[] => {
      if (!name.startsWith('manifest:') || rc !== 0) return [];
      const id = name.slice('manifest:'.length);
      const programs = [...new Set(readManifests(source(text, id)).map(({ program }) => program))];
      return programs.length === 0 ? [] : [{ runner: 'static-pod', programs, id, active: true, restart: 'kubelet' }];
    }),
  owns: ({ programs }, { cgroup, program }) => /kubepods/.test(cgroup) && programs.includes(program),
  // As long as the manifest is there, the kubelet starts it: forbidding and stopping are one.
  forbid: () => [],
  stop: (former) => [
    `mkdir -p ${keptManifests}`,
    `[ ! -f ${quote(former.id)} ] || mv -f ${quote(former.id)} ${quote(kept(former))}`,
  ],
  quiet: (former) => staticPods.stop(former),
  start: (former) => [`[ ! -f ${quote(kept(former))} ] || mv -f ${quote(kept(former))} ${quote(former.id)}`],
  summary: ({ id }) => `the static pod ${nameOf(id)}`,
};
