import { checkText, serverText } from '../../../node/check-text.ts';
import type { NodeView } from '../../watch/view.ts';
import type { ShownCluster } from '../shown.ts';
import { bandsOfVip } from './bands.ts';
import { useSlide } from './flip.ts';
import { listText, spanText, timeText } from './format.ts';
import { bandAt } from './ownership.ts';
import { Unknown } from './parts.tsx';
import type { Past } from './replay.ts';
import { nowMs } from './store.ts';

interface Chip {
  readonly address: string;
  readonly holder: string;
  readonly tone: string;
  readonly key: string;
}

/** Where each VIP is docked: at each node that holds it, or at none. */
function chipsOf({ vips }: ShownCluster, atMs: number | undefined): readonly Chip[] {
  return vips.flatMap((vip) => {
    const { address } = vip;
    const band = atMs === undefined ? undefined : bandAt(bandsOfVip(address), atMs);
    const holders = atMs === undefined ? vip.holders : (band?.holders ?? []);
    const known = atMs === undefined ? vip.tone === 'bad' : band?.known === true;
    if (holders.length === 0) return [{ address, holder: '', tone: known ? 'bad' : 'unknown', key: address }];
    // The first keeps the key: the same chip moves when the holder changes.
    return holders.map((holder, i) => ({
      address,
      holder,
      tone: holders.length > 1 ? 'bad' : 'held',
      key: i === 0 ? address : `${address} ${holder}`,
    }));
  });
}

function VipChip({ chip }: { chip: Chip }) {
  const { address, holder, tone, key } = chip;
  return (
    <div class={`vip ${tone}`} data-vip={address} data-holder={holder} data-key={key} title={address}>
      <span class="address">{address}</span>
      {tone === 'unknown' ? <Unknown why="nobody knows who holds it" /> : null}
      {tone === 'bad' ? <span class="word">{holder === '' ? 'no holder' : 'held twice'}</span> : null}
    </div>
  );
}

interface Part {
  readonly name: string;
  readonly tone: string;
  readonly text: preact.ComponentChildren;
}

/** How an API server is seen by those HAProxys that are known: a dot for each. */
function serverPart(nodes: readonly NodeView[], place: number): Part {
  const seen = nodes.map(({ name, servers, unknown }) => ({
    by: name,
    cell: unknown || servers[place]?.sessions === undefined ? undefined : servers[place],
  }));
  const known = seen.flatMap(({ cell }) => cell ?? []);
  const ready = known.filter(({ text }) => text.startsWith('UP')).length;
  const words = [...new Set(known.map(({ text }) => serverText(text)))];
  const dots = (
    <span class="dots">
      {seen.map(({ by, cell }) => (
        <i
          key={by}
          class={cell ? (cell.tone === 'good' ? 'yes' : cell.tone) : 'unknown'}
          title={`HAProxy on ${by}: ${cell ? `${serverText(cell.text)}, ${checkText(cell.lastCheck)}` : 'unknown'}`}
        />
      ))}
    </span>
  );
  if (known.length === 0) return { name: 'API server', tone: 'unknown', text: <Unknown why="no HAProxy tells" /> };
  return {
    name: 'API server',
    tone: ready === known.length ? '' : ready === 0 ? 'bad' : 'warn',
    text: (
      <>
        {words.length === 1 ? words[0] : `ready for ${ready} of ${known.length}`} {dots}
      </>
    ),
  };
}

function partsOf(view: ShownCluster, node: NodeView, place: number): readonly Part[] {
  const unknown = node.unknown && <Unknown why={node.unknown.reason} />;
  const states = [...new Set(node.vrrp.map(({ state }) => state.toLowerCase()))];
  const trouble = node.vrrp.some(({ tone }) => tone === 'bad');
  const runs = node.keepalived.tone === 'good';
  return [
    {
      name: 'HAProxy',
      tone: unknown ? 'unknown' : node.haproxy.tone === 'bad' ? 'bad' : '',
      text:
        unknown ??
        (node.haproxy.tone === 'good' ? (
          <>
            runs <span class="quiet">{node.sessions ?? '?'} sessions</span>
          </>
        ) : (
          node.haproxy.text
        )),
    },
    {
      name: 'keepalived',
      tone: unknown ? 'unknown' : !runs || trouble ? 'bad' : '',
      text:
        unknown ??
        (!runs ? node.keepalived.text : states.length === 0 ? <Unknown why="it has not told" /> : states.join(', ')),
    },
    serverPart(view.nodes, place),
    {
      name: 'etcd',
      tone: node.unknown || node.etcd.tone === 'info' ? 'unknown' : node.etcd.tone === 'good' ? '' : node.etcd.tone,
      text: unknown ?? (node.etcd.tone === 'info' ? <Unknown why="asked by a full look" /> : node.etcd.text),
    },
  ];
}

function pastPartsOf(past: Past, name: string): readonly Part[] {
  const states = [...new Set(Object.values(past.states[name] ?? {}))].map((state) => state.toLowerCase());
  return [
    {
      name: 'keepalived',
      tone: states.length === 0 ? 'unknown' : '',
      text: states.length === 0 ? <Unknown why="no journal tells" /> : states.join(', '),
    },
  ];
}

function toneOf(node: NodeView, chips: readonly Chip[], parts: readonly Part[], past: boolean): string {
  if (chips.some(({ tone }) => tone === 'bad')) return 'bad';
  if (!past && node.unknown) return 'unknown';
  if (!past && node.tone === 'bad') return 'bad';
  for (const trouble of ['bad', 'warn']) if (parts.some(({ tone }) => tone === trouble)) return trouble;
  if (!past && node.tone === 'warn') return 'warn';
  return chips.length > 0 ? 'holder' : '';
}

/** Each node is a frame with all that runs on it; the VIPs are chips that are docked to their node, and move. */
export function Topology({
  view,
  past,
  atMs,
}: {
  view: ShownCluster;
  past: Past | undefined;
  atMs: number | undefined;
}) {
  const chips = chipsOf(view, past ? atMs : undefined);
  const nowhere = chips.filter(({ holder }) => holder === '');
  const root = useSlide<HTMLDivElement>(chips.map(({ key, holder }) => `${key}@${holder}`).join(' '));
  return (
    <div class={`topology ${past ? 'past' : ''}`} ref={root}>
      {nowhere.length === 0 ? null : (
        <div class="nowhere">
          {nowhere.map((chip) => (
            <VipChip key={chip.key} chip={chip} />
          ))}
        </div>
      )}
      <ol class="nodes">
        {view.nodes.map((node, place) => {
          const own = chips.filter(({ holder }) => holder === node.name);
          const parts = past ? pastPartsOf(past, node.name) : partsOf(view, node, place);
          return (
            <li key={node.name} class={`node ${toneOf(node, own, parts, past !== undefined)}`} data-frame={node.name}>
              <div class="dock">
                {own.map((chip) => (
                  <VipChip key={chip.key} chip={chip} />
                ))}
              </div>
              <div class="frame">
                <h3>
                  {node.name} <span class="address quiet">{node.address}</span>
                </h3>
                <Role node={node} holds={own.length} past={past} />
                <dl>
                  {parts.map(({ name, tone, text }) => (
                    <div key={name} class={tone}>
                      <dt>{name}</dt>
                      <dd>{text}</dd>
                    </div>
                  ))}
                </dl>
              </div>
            </li>
          );
        })}
      </ol>
      <p class="spoken">{spokenText(view, chips, past !== undefined)}</p>
    </div>
  );
}

/** What the node is for the cluster now, in a line. */
function Role({ node, holds, past }: { node: NodeView; holds: number; past: Past | undefined }) {
  const { unknown, drained } = node;
  if (!past && unknown)
    return (
      <p class="state">
        no answer since {timeText(unknown.sinceMs)}{' '}
        <span class="quiet">({spanText(nowMs.value - unknown.sinceMs)})</span>
      </p>
    );
  if (!past && drained !== '') return <p class="state warn">drained: {drained}</p>;
  if (holds > 0)
    return (
      <p class="state">
        {past ? 'held' : 'holds'} {holds === 1 ? 'the address above' : `${holds} addresses`}
      </p>
    );
  if (past && !past.states[node.name]) return <p class="state idle">no journal tells</p>;
  return <p class="state idle">{past ? 'stood by' : 'stands by'}</p>;
}

/** Who holds what, in a sentence for those who do not see it. */
function spokenText({ vips }: ShownCluster, chips: readonly Chip[], past: boolean): string {
  return vips
    .map(({ address }) => {
      const holders = chips
        .filter((chip) => chip.address === address && chip.holder !== '')
        .map(({ holder }) => holder);
      return `${address} ${past ? 'was' : 'is'} ${holders.length === 0 ? 'not known to be held' : `held by ${listText(holders)}`}`;
    })
    .join('; ');
}
