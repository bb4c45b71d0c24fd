import { checkText, serverText } from '../../../node/check-text.ts';
import type { ClusterView, NodeView } from '../../watch/view.ts';
import { Since, Unknown } from './parts.tsx';

function Scroll({ label, children }: { label: string; children: preact.ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

function NodeRow({ node }: { node: NodeView }) {
  const { unknown } = node;
  if (unknown)
    return (
      <tr data-node={node.name}>
        <th scope="row">{node.name}</th>
        <td class="unknown" colSpan={6}>
          <b aria-hidden="true">?</b> unknown since <Since atMs={unknown.sinceMs} />: {unknown.reason}
        </td>
      </tr>
    );
  return (
    <tr data-node={node.name}>
      <th scope="row">{node.name}</th>
      <td class={node.haproxy.tone}>{node.haproxy.text}</td>
      <td class={node.keepalived.tone}>{node.keepalived.text}</td>
      <td>
        {node.vrrp.length === 0 ? (
          <Unknown why="keepalived has not told" />
        ) : (
          node.vrrp.map(({ instance, state, tone }) => (
            <div key={instance} class={tone}>
              {instance} {state}
            </div>
          ))
        )}
        {node.drained === '' ? null : <div class="warn">drained: {node.drained}</div>}
      </td>
      <td class="number">{node.sessions ?? <Unknown why="HAProxy does not tell" />}</td>
      <td class="number">
        {node.sessionRate === undefined ? <Unknown why="HAProxy does not tell" /> : `${node.sessionRate}/s`}
      </td>
      <td class="quiet">
        {node.clock ? (
          `${node.clock.offsetMs >= 0 ? '+' : '−'}${Math.abs(Math.round(node.clock.offsetMs))} ms ± ${Math.ceil(node.clock.errorMs)}`
        ) : (
          <Unknown why="its clock was not asked yet" />
        )}
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
                  <td
                    key={name}
                    class={cell?.sessions === undefined ? '' : cell.tone}
                    title={cell && checkText(cell.lastCheck)}
                  >
                    {cell?.sessions === undefined ? (
                      <Unknown why={`HAProxy on ${name} does not tell`} />
                    ) : (
                      serverText(cell.text)
                    )}
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
