import { describe, expect, it } from 'vitest';
import { castOf, svgOf, trimmed } from '../e2e/support/recording.ts';

const size = { columns: 20, rows: 3 };
const frames = [
  { atMs: 100, text: '$ k8s-ha <x>\n\n\n' },
  { atMs: 200, text: '$ k8s-ha <x>\n\n\n' },
  { atMs: 300, text: '\u001b[1m\u001b[31mOUTAGE\u001b[0m ok\nnext\n\n' },
  { atMs: 90_300, text: '\u001b[32mserved\n$\u001b[39m\n\n' },
];

describe('a recording', () => {
  it('begins at nothing, has each screen once, and cuts long pauses', () => {
    expect(trimmed(frames).map(({ atMs }) => atMs)).toEqual([0, 200, 2700]);
  });

  it('is a cast of asciinema: a header, then each screen with its second', () => {
    const [header, ...lines] = castOf(trimmed(frames), size, 't')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(header).toEqual({ version: 2, width: 20, height: 3, title: 't' });
    expect(lines[1]).toEqual([0.2, 'o', '\u001b[H\u001b[2J\u001b[1m\u001b[31mOUTAGE\u001b[0m ok\r\nnext']);
  });

  it('is a picture without script, whose colours go on over lines, and which rests on its last screen', () => {
    const svg = svgOf(trimmed(frames), size, 't');
    expect(svg).toContain('k8s-ha &lt;x&gt;');
    expect(svg).toContain('<tspan fill="#ff7b72" font-weight="700">OUTAGE</tspan> ok');
    expect(svg).toContain('<text y="36"><tspan fill="#7ee787">$</tspan></text>');
    expect(svg).toMatch(/\.film\{transform:translateX\(-400px\);animation/);
    expect(svg).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });
});
