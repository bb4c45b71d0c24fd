import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Samples } from '../wire.ts';
import { timeText } from './format.ts';
import { cursor, samples } from './store.ts';

type Figure = 'sessions' | 'rate' | 'checkMs';

const figures: readonly { readonly figure: Figure; readonly title: string; readonly unit: string }[] = [
  { figure: 'sessions', title: 'Sessions', unit: '' },
  { figure: 'rate', title: 'New connections', unit: '/s' },
  { figure: 'checkMs', title: 'Longest health check', unit: ' ms' },
];

const height = 150;

function color(place: number, element: Element): string {
  return getComputedStyle(element).getPropertyValue(`--series-${(place % 5) + 1}`);
}

function dataOf({ atMs, nodes }: Samples, figure: Figure): uPlot.AlignedData {
  return [atMs.map((ms) => ms / 1000), ...nodes.map((node) => [...node[figure]])];
}

function make(element: HTMLElement, shown: Samples, figure: Figure, unit: string): uPlot {
  const style = getComputedStyle(element);
  const [text, line] = [style.getPropertyValue('--quiet'), style.getPropertyValue('--line')];
  const axis = {
    stroke: text,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
    font: `12px ${style.getPropertyValue('--font')}`,
  };
  return new uPlot(
    {
      width: Math.max(200, element.clientWidth),
      height,
      legend: { show: false },
      cursor: { show: false },
      // The moment that is looked at is marked in the past hour.
      hooks: {
        draw: [
          (plot) => {
            const { ctx, bbox } = plot;
            const at = cursor.peek();
            if (at === undefined) return;
            const x = plot.valToPos(at / 1000, 'x', true);
            if (x < bbox.left || x > bbox.left + bbox.width) return;
            ctx.fillStyle = style.getPropertyValue('--text');
            ctx.fillRect(x - 1, bbox.top, 2, bbox.height);
          },
        ],
      },
      scales: {
        // The last hour, also while less than that is known.
        x: { range: (_, __, max) => [(max ?? 0) - 3600, max ?? 0] },
        y: { range: (_, __, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => timeText(tick * 1000).slice(0, 5)) },
        { ...axis, size: 60, values: (_, ticks) => ticks.map((tick) => `${tick}${unit}`) },
      ],
      series: [
        {},
        ...shown.nodes.map(({ node }, i) => ({
          label: node,
          stroke: color(i, element),
          width: 1.5,
          points: { show: false },
        })),
      ],
    },
    dataOf(shown, figure),
    element,
  );
}

function Chart({ figure, title, unit }: { figure: Figure; title: string; unit: string }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const shown = samples.value;
  const names = shown?.nodes.map(({ node }) => node).join(' ') ?? '';
  useEffect(() => {
    const element = place.current;
    if (!element || !samples.value || names === '') return undefined;
    let made = make(element, samples.value, figure, unit);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: Math.max(200, element.clientWidth), height }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const recolored = (): void => {
      made.destroy();
      if (samples.value) made = make(element, samples.value, figure, unit);
      plot.current = made;
    };
    scheme.addEventListener('change', recolored);
    return () => {
      scheme.removeEventListener('change', recolored);
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [names]);
  const at = cursor.value;
  useEffect(() => plot.current?.redraw(false), [at]);
  useEffect(() => {
    if (shown) plot.current?.setData(dataOf(shown, figure));
  }, [shown]);
  const last =
    shown?.nodes.map((node) => `${node.node} ${node[figure].at(-1) ?? 'unknown'}${unit}`).join(', ') ?? 'none yet';
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}, last hour; now: ${last}`} />
    </figure>
  );
}

export function Charts() {
  return (
    <>
      <p class="legend">
        {samples.value?.nodes.map(({ node }, i) => (
          <span key={node}>
            <i class={`series-${(i % 5) + 1}`} /> {node}
          </span>
        ))}
      </p>
      <div class="charts">
        {figures.map((one) => (
          <Chart key={one.figure} {...one} />
        ))}
      </div>
    </>
  );
}
