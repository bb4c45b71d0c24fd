import type { Verdict } from '../../../judge/diagnosis.ts';
import type { ShownCluster } from '../shown.ts';

/** Everything that the page says of a verdict: the word, and whether it means trouble. */
export const verdicts: Readonly<
  Record<Verdict, { readonly word: string; readonly tone: 'calm' | 'warn' | 'bad' | 'unknown'; readonly mark: string }>
> = {
  served: { word: 'API served', tone: 'calm', mark: '●' },
  degraded: { word: 'Degraded', tone: 'warn', mark: '▲' },
  outage: { word: 'Outage', tone: 'bad', mark: '✕' },
  unknown: { word: 'Unknown', tone: 'unknown', mark: '?' },
};

/** The title of the page: the worst first, so that a narrow tab still tells it. */
export function titleOf(cluster: Pick<ShownCluster, 'name' | 'diagnosis' | 'file'> | undefined, lost: boolean): string {
  if (!cluster) return 'k8s-ha';
  const { word, mark } = verdicts[lost ? 'unknown' : cluster.diagnosis.verdict];
  const file = cluster.file?.split('/').at(-1);
  return `${mark} ${word} · ${cluster.name}${file === undefined ? '' : ` (${file})`} · k8s-ha`;
}

/** The favicon as an address: a disc, a triangle, a cross or a question mark, so that it is not told by colour alone. */
export function iconOf(verdict: Verdict): string {
  const shapes: Readonly<Record<Verdict, string>> = {
    served: '<circle cx="16" cy="16" r="11" fill="#3b4fd1"/>',
    degraded: '<path d="M16 3 31 29H1z" fill="#d99a2b"/>',
    outage:
      '<rect x="2" y="2" width="28" height="28" rx="7" fill="#c62828"/><path d="m10 10 12 12m0-12L10 22" stroke="#fff" stroke-width="4"/>',
    unknown:
      '<circle cx="16" cy="16" r="12" fill="none" stroke="#8a92a0" stroke-width="3" stroke-dasharray="5 3"/><text x="16" y="22" text-anchor="middle" font-family="sans-serif" font-size="18" font-weight="700" fill="#8a92a0">?</text>',
  };
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${shapes[verdict]}</svg>`)}`;
}

/** What a desktop notification says when a cluster's verdict has changed; undefined where it has not. */
export function noticeOf(
  before: Pick<ShownCluster, 'name' | 'diagnosis'> | undefined,
  now: Pick<ShownCluster, 'name' | 'diagnosis'>,
): { readonly title: string; readonly body: string } | undefined {
  if (!before || before.name !== now.name || before.diagnosis.verdict === now.diagnosis.verdict) return undefined;
  const [cause] = now.diagnosis.causes;
  const lines = [now.diagnosis.sentence, ...(cause?.command === undefined ? [] : [cause.command])];
  return { title: `${now.name}: ${verdicts[now.diagnosis.verdict].word}`, body: lines.join('\n') };
}
