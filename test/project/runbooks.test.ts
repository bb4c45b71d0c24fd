import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { findingPages } from '../../src/report/registry.ts';

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(z.object({ alert: z.string(), annotations: z.object({ runbook_url: z.string() }) })),
    }),
  ),
});
const alerts = rulesSchema
  .parse(parse(readFileSync('deploy/prometheus/k8s-ha.rules.yaml', 'utf8')))
  .groups.flatMap(({ rules }) => rules);

/** The anchors of a page of the site, as VitePress makes them of its headings. */
function anchorsOf(page: string): readonly string[] {
  const text = readFileSync(`docs/${page.replace(/\.html$/, '.md')}`, 'utf8');
  return [...text.matchAll(/^#{1,4} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w]+/g, '-')
      .replaceAll(/^-|-$/g, ''),
  );
}

describe('the documentation site has what others point into', () => {
  it.each(alerts.map(({ alert, annotations }) => [alert, annotations.runbook_url] as const))(
    'a runbook for the alert %s',
    (_, url) => {
      const base = '{{ $externalLabels.docs_url }}/';
      expect(url.startsWith(base)).toBe(true);
      const [page = '', anchor] = url.slice(base.length).split('#');
      // Without an anchor, the page itself has to be there.
      expect(['', ...anchorsOf(page)]).toContain(anchor ?? '');
    },
  );

  it('a section for every finding', () => {
    const anchors = new Map(['findings', 'rules', 'import'].map((name) => [name, anchorsOf(`reference/${name}.html`)]));
    for (const { docs } of findingPages) {
      const [, name = '', anchor] = /^reference\/(\w+)\.html#(.+)$/.exec(docs) ?? [];
      expect(anchors.get(name), docs).toContain(anchor);
    }
  });
});
