import { render } from 'preact';
import { Charts } from './charts.tsx';
import { Events } from './events.tsx';
import { spanText, timeText } from './format.ts';
import { Bar, Hero } from './hero.tsx';
import { tellOutward } from './outward.ts';
import { Drill, Findings, Reports } from './panels.tsx';
import { Panel } from './parts.tsx';
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
import { Matrix, NodeTable } from './tables.tsx';
import { Strip } from './timeline.tsx';
import { Topology } from './topology.tsx';
import { Causes, Checks } from './trouble.tsx';
import { verdicts } from './words.ts';

function Clusters() {
  return clusters.value.length < 2 ? null : (
    <nav aria-label="Clusters" class="clusters">
      {clusters.value.map(({ name, diagnosis: { verdict, sentence } }, place) => {
        const { tone, mark, word } = verdicts[verdict];
        return (
          <button
            key={name}
            type="button"
            class={tone}
            aria-current={place === selected.value ? 'true' : undefined}
            title={sentence}
            onClick={() => (selected.value = place)}
          >
            <strong>{name}</strong>
            <span class="word">
              <span aria-hidden="true">{mark}</span> {word}
            </span>
          </button>
        );
      })}
    </nav>
  );
}

function Lost({ sinceMs }: { sinceMs: number }) {
  return (
    <p class="lost" role="alert">
      k8s-ha does not answer this page: everything is unknown since {timeText(sinceMs)} (
      {spanText(nowMs.value - sinceMs)}).
    </p>
  );
}

/** What the journals say of the moment that is looked at. */
function pastOf(atMs: number | undefined): Past | undefined {
  if (atMs === undefined || eventsVersion.value < 0) return undefined;
  return replay(eventWindow.events, atMs);
}

function Cluster() {
  const shown = view.value;
  if (!shown) return <p role="status">{hello.value ? 'There is no cluster.' : 'Connecting …'}</p>;
  const at = cursor.value;
  const troubled = shown.diagnosis.causes.length > 0 || shown.gates.some(({ error }) => error !== undefined);
  return (
    <>
      <Bar view={shown} />
      {lostSince.value === undefined ? null : <Lost sinceMs={lostSince.value} />}
      <main class={lostSince.value === undefined ? '' : 'stale'}>
        <Hero view={shown} />
        <Panel
          title={at === undefined ? 'Nodes' : `Nodes at ${timeText(at)}, from the journals`}
          className={troubled ? 'picture' : 'picture wide'}
          aside={`clients → port ${shown.port}`}
        >
          <Topology view={shown} past={pastOf(at)} atMs={at} />
          {troubled || at !== undefined ? null : <Checks gates={shown.gates} explained={false} />}
        </Panel>
        {troubled ? (
          <Panel title="What is wrong" className="trouble" nowOnly>
            <Causes view={shown} />
            <Checks gates={shown.gates} explained={shown.diagnosis.causes.length > 0} />
          </Panel>
        ) : null}
        <Panel title="Timeline" className="wide">
          <Strip />
        </Panel>
        <Panel title="What happened" className="wide">
          <Events />
        </Panel>
        <Panel title="Programs on each node" className="half" nowOnly>
          <NodeTable view={shown} />
        </Panel>
        <Panel title="API servers, as each HAProxy sees them" className="half" nowOnly>
          <Matrix view={shown} />
        </Panel>
        <Panel title="Last hour" className="wide">
          <Charts />
        </Panel>
        <Panel title="Findings and drift" className="half" nowOnly>
          <Findings view={shown} />
        </Panel>
        <Panel title="Drills" className="half" nowOnly>
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
tellOutward();
connect();
