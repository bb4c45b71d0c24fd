import type { ClusterView, NodeView, VipView } from '../../watch/view.ts';
import type { Past } from './replay.ts';

const [boxWidth, boxHeight, badgeWidth, badgeHeight] = [128, 40, 150, 28];

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly x: (place: number) => number;
  readonly haproxyY: number;
  readonly serverY: number;
  readonly etcdY: number;
}

function layoutOf({ nodes, vips }: ClusterView): Layout {
  const column = Math.max(180, 620 / Math.max(1, nodes.length));
  const haproxyY = 96 + vips.length * (badgeHeight + 6);
  return {
    width: column * nodes.length,
    height: haproxyY + 300,
    x: (place) => column * (place + 0.5),
    haproxyY,
    serverY: haproxyY + 130,
    etcdY: haproxyY + 230,
  };
}

/** Where a badge is: above the HAProxy of its holder, or at the top while it has none. */
function badgePlace(
  layout: Layout,
  vips: readonly { readonly holders: readonly string[] }[],
  row: number,
  column: number | undefined,
) {
  return {
    x: column === undefined ? layout.width / 2 : layout.x(column),
    y: 74 + row * (badgeHeight + 6) + (column === undefined ? 0 : 0) + (vips.length > 0 ? badgeHeight / 2 : 0),
  };
}

/** In words what the picture shows, for those who do not see it. */
export function pictureText({ vips, nodes, verdict }: ClusterView, past: Past | undefined): string {
  return past
    ? `In the past: ${vips.map(({ address }) => `${address} was held by ${past.holders[address]?.join(' and ') ?? 'nobody that is known'}`).join('; ')}.`
    : `${verdict}. ${vips.map(({ address, text }) => `${address}: ${text}`).join('; ')}. ${nodes
        .map(({ name, unknown, haproxy, servers }) =>
          unknown
            ? `${name} is unknown`
            : `${name}: HAProxy ${haproxy.text}, API servers ${servers.map(({ server, text }) => `${server} ${text}`).join(', ')}`,
        )
        .join('; ')}.`;
}

function Box({ x, y, title, text, tone }: { x: number; y: number; title: string; text: string; tone: string }) {
  return (
    <g class={`box ${tone}`}>
      <rect x={x - boxWidth / 2} y={y - boxHeight / 2} width={boxWidth} height={boxHeight} rx="6" />
      <text x={x} y={y - 3} class="title">
        {title}
      </text>
      <text x={x} y={y + 13} class="detail">
        {text}
      </text>
    </g>
  );
}

function Badge({
  x,
  y,
  vip,
  holder,
  tone,
  label,
}: {
  x: number;
  y: number;
  vip: string;
  holder: string;
  tone: string;
  label: string;
}) {
  return (
    <g class={`vip ${tone}`} style={{ transform: `translate(${x}px, ${y}px)` }} data-vip={vip} data-holder={holder}>
      <rect x={-badgeWidth / 2} y={-badgeHeight / 2} width={badgeWidth} height={badgeHeight} rx="14" />
      <text y="5">{label}</text>
    </g>
  );
}

function badges(
  layout: Layout,
  { vips, nodes }: ClusterView,
  holdersOf: (vip: VipView) => readonly string[],
  past: boolean,
) {
  return vips.flatMap((vip, row) => {
    const holders = holdersOf(vip);
    const tone = past ? 'past' : vip.tone;
    if (holders.length === 0) {
      const { x, y } = badgePlace(layout, vips, row, undefined);
      const text = past ? 'not known' : vip.text;
      return [
        <Badge
          key={vip.address}
          x={x}
          y={y}
          vip={vip.address}
          holder=""
          tone={`${tone} nowhere`}
          label={`${vip.address} ${text === 'no holder' ? '∅' : '?'}`}
        />,
      ];
    }
    // The first keeps the key: the same badge moves when the holder changes.
    return holders.map((holder, i) => {
      const { x, y } = badgePlace(
        layout,
        vips,
        row,
        nodes.findIndex(({ name }) => name === holder),
      );
      return (
        <Badge
          key={i === 0 ? vip.address : `${vip.address} ${holder}`}
          x={x}
          y={y}
          vip={vip.address}
          holder={holder}
          tone={tone}
          label={vip.address}
        />
      );
    });
  });
}

function Edge({
  from,
  to,
  tone,
  title,
}: {
  from: readonly [number, number];
  to: readonly [number, number];
  tone: string;
  title: string;
}) {
  return (
    <line x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} class={`edge ${tone}`}>
      <title>{title}</title>
    </line>
  );
}

function edges(layout: Layout, { nodes, vips }: ClusterView) {
  const half = boxHeight / 2;
  const fromHaproxy = nodes.flatMap((node, i) =>
    node.servers.map((server, j) => (
      <Edge
        key={`${node.name} ${server.server}`}
        from={[layout.x(i), layout.haproxyY + half]}
        to={[layout.x(j), layout.serverY - half]}
        tone={server.tone}
        title={`HAProxy on ${node.name} → API server ${server.server}: ${server.text} ${server.lastCheck}`}
      />
    )),
  );
  const fromClients = vips.flatMap((vip) =>
    vip.holders.map((holder) => {
      const place = nodes.findIndex(({ name }) => name === holder);
      return (
        <Edge
          key={`${vip.address} ${holder}`}
          from={[layout.width / 2, 44]}
          to={[layout.x(place), layout.haproxyY - half]}
          tone={vip.tone}
          title={`clients → ${vip.address} → ${holder}`}
        />
      );
    }),
  );
  const toEtcd = nodes.map((node, i) => (
    <Edge
      key={`etcd ${node.name}`}
      from={[layout.x(i), layout.serverY + half]}
      to={[layout.x(i), layout.etcdY - half]}
      tone={node.unknown ? 'warn' : 'info'}
      title={`API server ${node.name} → etcd`}
    />
  ));
  return [...fromClients, ...fromHaproxy, ...toEtcd];
}

/** How an API server is seen by those HAProxys that are known. */
function serverTone(nodes: readonly NodeView[], place: number): { tone: string; text: string } {
  const seen = nodes
    .flatMap(({ servers, unknown }) => (unknown ? [] : (servers[place] ?? [])))
    .filter(({ sessions }) => sessions !== undefined);
  const ready = seen.filter(({ text }) => text.startsWith('UP')).length;
  if (seen.length === 0) return { tone: 'warn', text: 'unknown' };
  return {
    tone: ready === seen.length ? 'good' : ready === 0 ? 'bad' : 'warn',
    text: `ready for ${ready} of ${seen.length}`,
  };
}

/** Clients → VIP → HAProxy → API servers → etcd. The VIP is one badge that moves to its holder; edges that fail turn. */
export function Topology({ view, past }: { view: ClusterView; past: Past | undefined }) {
  const layout = layoutOf(view);
  const { nodes } = view;
  const holdersOf = (vip: VipView): readonly string[] => (past ? (past.holders[vip.address] ?? []) : vip.holders);
  const stateOf = (node: NodeView): string => {
    const states = past ? Object.values(past.states[node.name] ?? {}) : node.vrrp.map(({ state }) => state);
    return states.length === 0 ? 'unknown' : states.join(' ');
  };
  return (
    <svg
      class={past ? 'topology past' : 'topology'}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="img"
      aria-label={pictureText(view, past)}
    >
      {past ? null : edges(layout, view)}
      <g class="box info">
        <rect x={layout.width / 2 - 110} y="8" width="220" height="36" rx="6" />
        <text x={layout.width / 2} y="31" class="title">
          clients, port {view.port}
        </text>
      </g>
      {nodes.map((node, i) => (
        <Box
          key={node.name}
          x={layout.x(i)}
          y={layout.haproxyY}
          title={`HAProxy ${node.name}`}
          text={past || !node.unknown ? stateOf(node) : 'unknown'}
          tone={past ? 'info' : node.tone}
        />
      ))}
      {nodes.map((node, i) => {
        const { tone, text } = past ? { tone: 'info', text: '' } : serverTone(nodes, i);
        return (
          <Box
            key={node.name}
            x={layout.x(i)}
            y={layout.serverY}
            title={`API server ${node.name}`}
            text={text}
            tone={tone}
          />
        );
      })}
      {nodes.map((node, i) => (
        <Box
          key={node.name}
          x={layout.x(i)}
          y={layout.etcdY}
          title={`etcd ${node.name}`}
          text={past ? '' : node.etcd.text}
          tone={past ? 'info' : node.etcd.tone}
        />
      ))}
      {badges(layout, view, holdersOf, past !== undefined)}
    </svg>
  );
}
