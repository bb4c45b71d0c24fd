import type { ClusterView, NodeView } from '../../watch/view.ts';
import { spanText, timeText } from './format.ts';
import { nowMs } from './store.ts';

function Since({ atMs }: { atMs: number }) {
  return (
    <>
      {timeText(atMs)} <span class="quiet">({spanText(nowMs.value - atMs)})</span>
    </>
  );
}

function Scroll({ label, children }: { label: string; children: preact.ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

export function VipTable({ view }: { view: ClusterView }) {
  return (
    <Scroll label="Virtual addresses">
      <table class="vips">
        <thead>
          <tr>
            <th scope="col">Virtual address</th>
            <th scope="col">Holder</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {view.vips.map(({ address, text, tone, sinceMs, last }) => (
            <tr key={address} data-vip={address}>
              <th scope="row">{address}</th>
              <td class={tone} data-holder>
                {text}
              </td>
              <td>
                <Since atMs={sinceMs} />
                {last ? <div class="quiet">last seen on {last.holders.join(' and ')}</div> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function NodeRow({ node }: { node: NodeView }) {
  const { unknown } = node;
  if (unknown)
    return (
      <tr data-node={node.name}>
        <th scope="row">{node.name}</th>
        <td class="bad" colSpan={6}>
          unknown since <Since atMs={unknown.sinceMs} />: {unknown.reason}
        </td>
      </tr>
    );
  return (
    <tr data-node={node.name}>
      <th scope="row">{node.name}</th>
      <td class={node.haproxy.tone}>{node.haproxy.text}</td>
      <td class={node.keepalived.tone}>{node.keepalived.text}</td>
      <td>
        {node.vrrp.length === 0
          ? 'unknown'
          : node.vrrp.map(({ instance, state, tone }) => (
              <div key={instance} class={tone}>
                {instance} {state}
              </div>
            ))}
        {node.drained === '' ? null : <div class="warn">drained: {node.drained}</div>}
      </td>
      <td class="number">{node.sessions ?? 'unknown'}</td>
      <td class="number">{node.sessionRate === undefined ? 'unknown' : `${node.sessionRate}/s`}</td>
      <td class="quiet">
        {node.clock
          ? `${node.clock.offsetMs >= 0 ? '+' : '−'}${Math.abs(Math.round(node.clock.offsetMs))} ms ± ${Math.ceil(node.clock.errorMs)}`
          : 'unknown'}
      </td>
    </tr>
  );
}

export function NodeTable({ view }: { view: ClusterView }) {
  return (
    <Scroll label="Nodes">
      <table>
        <thead>
          <tr>
            {['Node', 'HAProxy', 'keepalived', 'VRRP', 'Sessions', 'Rate', 'Clock'].map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.nodes.map((node) => (
            <NodeRow key={node.name} node={node} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Rows are API servers, columns the HAProxys that judge them. */
export function Matrix({ view }: { view: ClusterView }) {
  return (
    <Scroll label="API servers as each HAProxy sees them">
      <table>
        <thead>
          <tr>
            <th scope="col">API server</th>
            {view.nodes.map(({ name }) => (
              <th scope="col" key={name}>
                seen by {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.nodes.map((row, i) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              {view.nodes.map(({ name, servers }) => {
                const cell = servers[i];
                return (
                  <td key={name} class={cell?.tone ?? 'warn'} title={cell?.lastCheck}>
                    {cell?.text ?? 'unknown'}
                    {cell?.sessions === undefined ? null : (
                      <span class="quiet">
                        {' '}
                        {cell.sessions} sessions{cell.checkMs === undefined ? '' : `, ${cell.checkMs} ms`}
                      </span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
