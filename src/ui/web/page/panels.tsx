import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { ClusterView } from '../../watch/view.ts';
import type { DrillRequest } from '../wire.ts';
import { dateText, spanText } from './format.ts';
import { Unknown } from './parts.tsx';
import { hello, nowMs, post, reports, selected } from './store.ts';

export function Findings({ view }: { view: ClusterView }) {
  return (
    <>
      {view.findings.length === 0 ? <p class="quiet">No findings.</p> : null}
      <ul>
        {view.findings.map(({ node, text, tone }) => (
          <li key={`${node} ${text}`} class={tone}>
            {node === '' ? '' : `${node}: `}
            {text}
          </li>
        ))}
      </ul>
      <h3>Files against the cluster file</h3>
      {view.files ? (
        <>
          <ul>
            {Object.entries(view.files.nodes).map(([node, text]) => (
              <li key={node} class={text === 'as wanted' || text === 'unknown' ? '' : 'warn'}>
                {node}: {text === 'unknown' ? <Unknown why="it was not seen by the last look" /> : text}
              </li>
            ))}
          </ul>
          <p class="quiet">looked at {spanText(nowMs.value - view.files.atMs)} ago</p>
        </>
      ) : (
        <p class="quiet">not looked at yet</p>
      )}
      <button type="button" onClick={() => void post(`look?place=${selected.value}`)}>
        look now
      </button>
      {view.leases.length === 0 ? null : (
        <>
          <h3>Leases</h3>
          <ul>
            {view.leases.map(({ name, holder }) => (
              <li key={name}>
                {name}: {holder}
              </li>
            ))}
          </ul>
        </>
      )}
      {view.lock === undefined ? null : <p class="warn">locked: {view.lock}</p>}
    </>
  );
}

export function Reports() {
  if (reports.value.length === 0)
    return <p class="quiet">No reports. Drills write them with --report, and this page shows those of --reports.</p>;
  return (
    <ul>
      {reports.value.map(({ name, atMs, summary, good, html }) => (
        <li key={name}>
          {html ? (
            <a href={`reports/${encodeURIComponent(name)}`} target="_blank" rel="noreferrer">
              {name}
            </a>
          ) : (
            name
          )}{' '}
          <span class="quiet">{dateText(atMs)}</span>
          <div class={good ? 'good' : 'bad'}>{summary}</div>
        </li>
      ))}
    </ul>
  );
}

/** A drill breaks the cluster on purpose: it is only there when allowed, and the cluster's name must be typed. */
export function Drill({ view }: { view: ClusterView }) {
  const faults = hello.value?.faults ?? [];
  const fault = useSignal(faults[0]?.name ?? '');
  const typed = useSignal('');
  const said = useSignal('');
  const dialog = useRef<HTMLDialogElement>(null);
  if (hello.value?.allowDrills !== true)
    return <p class="quiet">This page only reads. To start drills from it: k8s-ha ui --allow-drills.</p>;
  const start = async (event: Event): Promise<void> => {
    event.preventDefault();
    const request: DrillRequest = { place: selected.value, fault: fault.value, confirm: typed.value };
    said.value = (await post('drill', request)) ?? '';
    if (said.value === '') dialog.current?.close();
  };
  return (
    <>
      <label>
        fault{' '}
        <select value={fault.value} onChange={({ currentTarget }) => (fault.value = currentTarget.value)}>
          {faults.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>{' '}
      <button
        type="button"
        onClick={() => {
          typed.value = '';
          said.value = '';
          dialog.current?.showModal();
        }}
      >
        break it …
      </button>
      <p class="quiet">{faults.find(({ name }) => name === fault.value)?.summary}</p>
      <dialog ref={dialog} aria-labelledby="drill-title">
        <form onSubmit={(event) => void start(event)}>
          <h2 id="drill-title">
            Break {view.name} with {fault.value}?
          </h2>
          <p>{faults.find(({ name }) => name === fault.value)?.summary}. The node heals itself if this program dies.</p>
          <label>
            Type the cluster's name to go on:{' '}
            <input
              type="text"
              value={typed.value}
              autocomplete="off"
              onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
            />
          </label>
          <p class="bad" role="alert">
            {said.value}
          </p>
          <button type="submit" disabled={typed.value !== view.name}>
            break it
          </button>{' '}
          <button type="button" onClick={() => dialog.current?.close()}>
            cancel
          </button>
        </form>
      </dialog>
    </>
  );
}
