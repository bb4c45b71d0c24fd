import { render } from 'preact';
import { Charts } from './charts.tsx';
import { dateText, spanText, timeText } from './format.ts';
import { Drill, Findings, Gates, Reports } from './panels.tsx';
import { replay, type Past } from './replay.ts';
import {
  clusters,
  connect,
  cursor,
  eventsVersion,
  eventWindow,
  hello,
  lostSince,
  nowMs,
  selected,
  view,
} from './store.ts';
import { Matrix, NodeTable, VipTable } from './tables.tsx';
import { EventList, Strip } from './timeline.tsx';
import { Topology } from './topology.tsx';

function Clusters() {
  return clusters.value.length < 2 ? null : (
    <nav aria-label="Clusters" class="clusters">
      {clusters.value.map(({ name, tone, verdict }, place) => (
        <button
          key={name}
          type="button"
          class={tone}
          aria-current={place === selected.value ? 'true' : undefined}
          title={verdict}
          onClick={() => (selected.value = place)}
        >
          <strong>{name}</strong>
          <span>{verdict}</span>
        </button>
      ))}
    </nav>
  );
}

function Lost({ sinceMs }: { sinceMs: number }) {
  return (
    <p class="lost bad" role="alert">
      k8s-ha does not answer this page: everything is unknown since {timeText(sinceMs)} (
      {spanText(nowMs.value - sinceMs)}
      ).
    </p>
  );
}

/** What the journals say of the moment that is looked at. */
function pastOf(atMs: number | undefined): Past | undefined {
  if (atMs === undefined || eventsVersion.value < 0) return undefined;
  return replay(eventWindow.events, atMs);
}

function Panel({
  title,
  className,
  children,
}: {
  title: string;
  className?: string;
  children: preact.ComponentChildren;
}) {
  return (
    <section class={className}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Cluster() {
  const shown = view.value;
  if (!shown) return <p role="status">{hello.value ? 'There is no cluster.' : 'Connecting …'}</p>;
  const past = pastOf(cursor.value);
  return (
    <>
      <header class={lostSince.value === undefined ? shown.tone : 'bad'}>
        <h1>{shown.name}</h1>
        <p role="status" class="verdict">
          {lostSince.value === undefined ? shown.verdict : 'unknown'}
        </p>
        <time>{timeText(shown.atMs)}</time>
      </header>
      {lostSince.value === undefined ? null : <Lost sinceMs={lostSince.value} />}
      <main class={lostSince.value === undefined ? '' : 'stale'}>
        <Panel
          title={past ? `As it was at ${dateText(cursor.value ?? 0)}, from the journals` : 'Now'}
          className="picture"
        >
          <Topology view={shown} past={past} />
        </Panel>
        <Panel title="Who holds the address" className="vip-panel">
          <VipTable view={shown} />
          <Gates view={shown} />
        </Panel>
        <Panel title="Timeline" className="wide">
          <Strip />
          <EventList />
        </Panel>
        <Panel title="Nodes">
          <NodeTable view={shown} />
        </Panel>
        <Panel title="API servers">
          <Matrix view={shown} />
        </Panel>
        <Panel title="Last hour" className="wide">
          <Charts />
        </Panel>
        <Panel title="Findings and drift">
          <Findings view={shown} />
        </Panel>
        <Panel title="Drills">
          <Drill view={shown} />
          <Reports />
        </Panel>
      </main>
    </>
  );
}

function App() {
  return (
    <>
      <Clusters />
      <Cluster />
      <footer class="quiet">k8s-ha {hello.value?.version ?? ''}</footer>
    </>
  );
}

const root = document.getElementById('app');
if (root) {
  root.textContent = '';
  render(<App />, root);
}
connect();
