/** A screen of the terminal as `tmux capture-pane -e` gives it, and when it was seen. */
export interface Frame {
  readonly atMs: number;
  readonly text: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Longer pauses are cut to this: nobody waits for a machine that boots. */
const longestPauseMs = 2500;
/** The last screen stays for so long before all begins again. */
const restMs = 6000;

/** The frames with their pauses cut; those that look the same are one. */
export function trimmed(frames: readonly Frame[]): readonly Frame[] {
  let atMs = 0;
  let before: Frame | undefined;
  return frames.flatMap((frame) => {
    if (before?.text === frame.text) return [];
    atMs += before ? Math.min(longestPauseMs, frame.atMs - before.atMs) : 0;
    before = frame;
    return [{ atMs, text: frame.text }];
  });
}

/** The frames as asciinema plays them (https://docs.asciinema.org/manual/asciicast/v2/): each clears the screen and draws it. */
export function castOf(frames: readonly Frame[], { columns, rows }: Size, title: string): string {
  const header = { version: 2, width: columns, height: rows, title };
  const lines = frames.map(({ atMs, text }) => [
    atMs / 1000,
    'o',
    `\u001b[H\u001b[2J${text.trimEnd().replaceAll('\n', '\r\n')}`,
  ]);
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

const cell = { width: 8.4, height: 18 } as const;
const margin = 16;
const colours: Readonly<Record<string, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};

interface Style {
  readonly colour?: string | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

function styled(before: Style, codes: string): Style {
  return codes.split(';').reduce<Style>((style, code) => {
    if (code === '' || code === '0') return {};
    if (code === '1') return { ...style, bold: true };
    if (code === '2') return { ...style, dim: true };
    if (code === '22') return { ...style, bold: false, dim: false };
    if (code === '39') return { ...style, colour: undefined };
    return colours[code] === undefined ? style : { ...style, colour: colours[code] };
  }, before);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A screen as SVG: a line of text for each line, a span for each change of style. Styles go on over lines. */
function screenOf(text: string): string {
  let style: Style = {};
  return text
    .trimEnd()
    .split('\n')
    .map((line, row) => {
      const spans = line.split('\u001b[').map((part, i) => {
        const [, codes = '', rest = ''] = (i === 0 ? undefined : /^([\d;]*)m([^]*)$/.exec(part)) ?? [];
        if (i > 0) style = styled(style, codes);
        const words = escaped(i === 0 ? part : rest);
        if (words === '') return '';
        const { colour, bold, dim } = style;
        const attributes = `${colour === undefined ? '' : ` fill="${colour}"`}${bold === true ? ' font-weight="700"' : ''}${dim === true ? ' opacity=".65"' : ''}`;
        return attributes === '' ? words : `<tspan${attributes}>${words}</tspan>`;
      });
      const drawn = spans.join('').trimEnd();
      return drawn === '' ? '' : `<text y="${(row + 1) * cell.height}">${drawn}</text>`;
    })
    .join('');
}

/**
 * The frames as a film strip that one animation moves under a window: no script, nothing from elsewhere. Who wants no motion,
 * and what cannot animate, gets the last screen.
 */
export function svgOf(frames: readonly Frame[], { columns, rows }: Size, title: string): string {
  const [width, height] = [Math.ceil(columns * cell.width) + 2 * margin, rows * cell.height + 2 * margin];
  const endMs = (frames.at(-1)?.atMs ?? 0) + restMs;
  const steps = frames.map(
    ({ atMs }, i) => `${((atMs / endMs) * 100).toFixed(3)}%{transform:translateX(${-i * width}px)}`,
  );
  const last = `translateX(${-(frames.length - 1) * width}px)`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3;white-space:pre}
.film{transform:${last};animation:film ${(endMs / 1000).toFixed(2)}s step-end infinite}
@keyframes film{${steps.join('')}100%{transform:${last}}}
@media(prefers-reduced-motion:reduce){.film{animation:none}}</style>
<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
<g class="film">${frames.map(({ text }, i) => `<g transform="translate(${i * width + margin} ${margin - 4})">${screenOf(text)}</g>`).join('\n')}</g>
</svg>
`;
}
