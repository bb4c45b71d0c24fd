import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { faults } from '../../drill/faults/index.ts';
import { boundServer } from '../limits.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { Watch } from '../watch/watch.ts';
import { tokens } from '../../report/html/tokens.ts';
import { createApp } from './app.ts';
import { createSender } from './sender.ts';
import type { CommandNames, Diagnose } from './shown.ts';

export interface UiOptions {
  readonly version: string;
  readonly watches: readonly Watch[];
  /** 0: any free one. */
  readonly port: number;
  /** Random unless given: a fixed one makes a fixed address, for a scraper of the metrics. */
  readonly token?: string | undefined;
  /** Folder of drill reports. */
  readonly reports?: string | undefined;
  /** Runs one drill on a cluster and tells how it went; undefined: the page only reads. */
  readonly runDrill?: ((watch: Watch, fault: string) => Promise<void>) | undefined;
  /** How commands on the page name a cluster's file and ssh's configuration; the file stands in header and title too. */
  readonly namesOf?: ((watch: Watch) => CommandNames | undefined) | undefined;
  /** How clusters are judged, where not by `diagnose`. */
  readonly judged?: Diagnose | undefined;
}

export interface Ui {
  /** What the operator opens; has the token. */
  readonly url: string;
  close(): Promise<void>;
}

/** The design's tokens stand before the page's own style sheet. */
const before: Readonly<Record<string, string>> = { 'app.css': tokens };

/** Where the built page is, also when this runs from its TypeScript sources. */
const pageFolder = new URL(import.meta.url.endsWith('.ts') ? '../../../dist/ui/web/page/' : './page/', import.meta.url);

const assetTypes = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
} as const;

function readAssets(): Readonly<Record<string, { type: string; body: string }>> {
  return Object.fromEntries(
    Object.entries(assetTypes).map(([name, type]) => [
      name,
      { type, body: `${before[name] ?? ''}${readFileSync(new URL(name, pageFolder), 'utf8')}` },
    ]),
  );
}

/** Serves the page on loopback until it is closed. Rejects when the port is taken. */
export async function startUi({
  version,
  watches,
  port,
  token = randomBytes(16).toString('base64url'),
  reports,
  runDrill,
  judged,
  namesOf,
}: UiOptions): Promise<Ui> {
  const sender = createSender(watches, judged, namesOf);
  const metrics = createMetrics({ version, watches, reports });
  let listening = port;
  let drilling: string | undefined;
  const drill = runDrill && {
    faults: faults.map(({ name, summary }) => ({ name, summary })),
    start: (place: number, fault: string): string | undefined => {
      const watch = watches[place];
      if (!watch || !faults.some(({ name }) => name === fault)) return `there is no fault "${fault}"`;
      if (drilling !== undefined) return `a drill goes on: ${drilling}`;
      drilling = `${fault} on ${watch.spec.name}`;
      void runDrill(watch, fault).finally(() => (drilling = undefined));
      return undefined;
    },
  };
  const app = createApp({
    version,
    token,
    port: () => listening,
    sender,
    assets: readAssets(),
    reports,
    metrics,
    drill,
  });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (info) => {
      listening = info.port;
      resolve({
        url: `http://127.0.0.1:${info.port}/${token}/`,
        close: async () => {
          sender.close();
          if ('closeAllConnections' in server) server.closeAllConnections();
          await new Promise((done) => server.close(done));
        },
      });
    });
    if ('headersTimeout' in server) boundServer(server);
    server.once('error', reject);
  });
}
