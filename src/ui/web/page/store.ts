import { computed, effect, signal } from '@preact/signals';
import type { NumberedEvent } from '../../watch/history.ts';
import { spansWith } from '../samples.ts';
import type { ShownCluster } from '../shown.ts';
import type { Change, Hello, ReportInfo, Samples } from '../wire.ts';
import { createEventWindow } from './event-window.ts';

export const hello = signal<Hello | undefined>(undefined);
export const clusters = signal<readonly ShownCluster[]>([]);

/** Place of the cluster that is shown. */
export const selected = signal(0);

/** Since when the server does not answer; undefined while it does. */
export const lostSince = signal<number | undefined>(undefined);

/** A moment in the past that is looked at; undefined: the present. */
export const cursor = signal<number | undefined>(undefined);

/** A span of the timeline that was brushed; undefined: the last hour, or whatever is chosen. */
export const brush = signal<{ readonly fromMs: number; readonly toMs: number } | undefined>(undefined);
export const nowMs = signal(Date.now());

/** Grows with each change of the events, which are kept outside of the signals because they are many. */
export const eventsVersion = signal(0);
export const samples = signal<Samples | undefined>(undefined);

/** Reports of drills, as the folder has them. */
export const reports = signal<readonly ReportInfo[]>([]);

export const view = computed(() => clusters.value[selected.value]);

export const eventWindow = createEventWindow();

const pageSize = 5000;

async function getJson<T>(path: string): Promise<T | undefined> {
  try {
    const response = await fetch(path);
    // The server is ours, of the same build: its answers have the types of wire.ts.
    if (!response.ok) return undefined;
    const value: T = await response.json();
    return value;
  } catch {
    return undefined;
  }
}

function take(events: readonly NumberedEvent[]): void {
  if (eventWindow.add(events)) eventsVersion.value += 1;
}

/** Reads what happened before: page by page, until there is no more or the window is full. */
async function readHistory(place: number): Promise<void> {
  let before = Infinity;
  for (;;) {
    const query = Number.isFinite(before) ? `&before=${before}` : '';
    const page = await getJson<NumberedEvent[]>(`events?place=${place}&limit=${pageSize}${query}`);
    if (selected.value !== place || !page) return;
    const count = eventWindow.events.length;
    take(page);
    if (page.length < pageSize || eventWindow.events.length === count) return;
    before = page[0]?.atMs ?? 0;
    // Between two pages the browser draws and listens.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function read(place: number): void {
  eventWindow.clear();
  eventsVersion.value += 1;
  samples.value = undefined;
  void readHistory(place);
  void getJson<Samples>(`samples?place=${place}`).then((read_) => {
    if (selected.value === place && read_) samples.value = read_;
  });
}

/** One more second for the charts, and who holds what now. */
function sampled(shown: ShownCluster): void {
  const old = samples.value;
  if (!old) return;
  const holders = Object.fromEntries(
    shown.vips.map((vip) => [vip.address, spansWith(old.holders[vip.address] ?? [], vip, shown.atMs)]),
  );
  const moved = shown.vips.some(({ address }) => holders[address] !== old.holders[address]);
  if (moved) samples.value = { ...old, holders };
  if (shown.atMs - (old.atMs.at(-1) ?? 0) < 950) return;
  const kept = 3600;
  const push = <T>(values: readonly T[], value: T): readonly T[] => [...values.slice(-kept), value];
  samples.value = {
    holders,
    atMs: push(old.atMs, shown.atMs),
    nodes: shown.nodes.map(({ name, sessions, sessionRate, servers }, i) => {
      const checks = servers.flatMap(({ checkMs }) => (checkMs === undefined ? [] : [checkMs]));
      const before = old.nodes[i] ?? {
        sessions: old.atMs.map(() => null),
        rate: old.atMs.map(() => null),
        checkMs: old.atMs.map(() => null),
      };
      return {
        node: name,
        sessions: push(before.sessions, sessions ?? null),
        rate: push(before.rate, sessionRate ?? null),
        checkMs: push(before.checkMs, checks.length === 0 ? null : Math.max(...checks)),
      };
    }),
  };
}

function changed({ place, view: shown, events }: Change): void {
  clusters.value = clusters.value.map((old, i) => (i === place ? shown : old));
  if (place !== selected.value) return;
  take(events);
  sampled(shown);
}

async function readReports(): Promise<void> {
  const found = await getJson<readonly ReportInfo[]>('reports');
  // The same again would draw everything again.
  if (found && JSON.stringify(found) !== JSON.stringify(reports.value)) reports.value = found;
}

/** Longer than the server's heartbeat: it is gone, though nobody said so. */
const silentMs = 20_000;

/** Listens to the server for as long as the page lives. */
export function connect(): void {
  const source = new EventSource('stream');
  let heardMs = Date.now();
  // By the clock that nobody sets.
  let heardUpMs = performance.now();
  const heard = (): void => {
    heardMs = Date.now();
    heardUpMs = performance.now();
    lostSince.value = undefined;
  };
  source.addEventListener('hello', ({ data }) => {
    heard();
    const said: Hello = JSON.parse(data);
    hello.value = said;
    clusters.value = said.clusters;
    if (selected.value >= said.clusters.length) selected.value = 0;
    read(selected.value);
  });
  source.addEventListener('change', ({ data }) => {
    heard();
    const change: Change = JSON.parse(data);
    changed(change);
  });
  source.addEventListener('alive', heard);
  source.addEventListener('error', () => (lostSince.value ??= heardMs));
  setInterval(() => {
    nowMs.value = Date.now();
    if (performance.now() - heardUpMs > silentMs) lostSince.value ??= heardMs;
  }, 1000);
  void readReports();
  setInterval(() => void readReports(), 10_000);
  let place = selected.value;
  effect(() => {
    if (selected.value === place) return;
    place = selected.value;
    cursor.value = undefined;
    brush.value = undefined;
    read(place);
  });
}

/** Asks the server to do something; what it says when it refuses. */
export async function post(path: string, body?: unknown): Promise<string | undefined> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    if (response.ok) return undefined;
    const said: { error?: string } = await response.json().catch(() => ({}));
    return said.error ?? `the server answered ${response.status}`;
  } catch {
    return 'the server does not answer';
  }
}
