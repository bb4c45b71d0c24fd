import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import { limits } from '../limits.ts';
import { pageHeaders, refusal, reportHeaders } from './guard.ts';
import { readPage, readReports, reportLine } from '../reports/reports.ts';
import type { Sender } from './sender.ts';
import type { Hello, ReportInfo } from './wire.ts';

export interface AppOptions {
  readonly version: string;
  readonly token: string;
  /** Known once the server listens. */
  readonly port: () => number;
  readonly sender: Sender;
  readonly assets: Readonly<Record<string, { readonly type: string; readonly body: string }>>;
  readonly reports: string | undefined;
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Starts a drill and says why it cannot; undefined when the page may only read. */
  readonly drill:
    { start(place: number, fault: string): string | undefined; readonly faults: Hello['faults'] } | undefined;
}

const drillShape = z.object({
  place: z.number().int().min(0),
  fault: z.string().max(100),
  confirm: z.string().max(300),
});
const heartbeatMs = 15_000;
const pageLimit = 5000;

/** The page's server, as a function from request to answer: nothing is bound here. */
export function createApp(options: AppOptions): Hono {
  const { sender } = options;
  const app = new Hono();

  app.use('*', async (context, next) => {
    const { req } = context;
    const found = refusal(
      {
        method: req.method,
        host: req.header('host'),
        origin: req.header('origin'),
        site: req.header('sec-fetch-site'),
        token: new URL(req.url).pathname.split('/')[1] ?? '',
      },
      { port: options.port(), token: options.token },
    );
    if (found) return context.text(`${found.why}\n`, found.status, pageHeaders);
    await next();
    for (const [name, value] of Object.entries(pageHeaders))
      if (!context.res.headers.has(name)) context.res.headers.set(name, value);
    return undefined;
  });

  app.use('*', bodyLimit({ maxSize: limits.body }));
  app.onError((_error, context) => context.text('this request could not be answered\n', 500, pageHeaders));

  const asset = (context: Context, name: string): Response | Promise<Response> => {
    const found = options.assets[name];
    return found ? context.body(found.body, 200, { 'content-type': found.type }) : context.notFound();
  };
  const watchAt = (context: Context) => sender.watches[Number(context.req.query('place') ?? -1)];

  app.get('/:token/', (context) => asset(context, 'index.html'));
  app.get('/:token/app.js', (context) => asset(context, 'app.js'));
  app.get('/:token/app.css', (context) => asset(context, 'app.css'));

  let listening = 0;
  app.get('/:token/stream', (context) => {
    if (listening >= limits.listeners) return context.text('too many pages listen already\n', 503);
    listening += 1;
    return streamSSE(context, async (stream) => {
      const hello: Hello = {
        version: options.version,
        clusters: sender.shown(),
        allowDrills: options.drill !== undefined,
        faults: options.drill?.faults ?? [],
      };
      let behind = 0;
      // A page that does not read is let go: what waits for it would fill our memory.
      const send = (data: string): void => {
        if (behind >= limits.behind) return stream.abort();
        behind += 1;
        void stream.writeSSE({ event: 'change', data }).finally(() => (behind -= 1));
      };
      let stop: (() => void) | undefined;
      try {
        await stream.writeSSE({ event: 'hello', data: JSON.stringify(hello) });
        stop = sender.subscribe(send);
        stream.onAbort(() => stop?.());
        while (!stream.aborted && !stream.closed) {
          await stream.sleep(heartbeatMs);
          await stream.writeSSE({ event: 'alive', data: '' });
        }
      } finally {
        stop?.();
        listening -= 1;
      }
    });
  });

  app.get('/:token/events', (context) => {
    const watch = watchAt(context);
    if (!watch) return context.notFound();
    const before = Number(context.req.query('before') ?? Infinity);
    const limit = Number(context.req.query('limit') ?? pageLimit);
    const count = Number.isInteger(limit) && limit > 0 ? Math.min(limit, pageLimit) : pageLimit;
    return context.json(watch.history.before(Number.isNaN(before) ? Infinity : before, count));
  });

  app.get('/:token/samples', (context) => {
    const samples = sender.samples[Number(context.req.query('place') ?? -1)];
    return samples ? context.json(samples.samples()) : context.notFound();
  });

  app.get('/:token/reports', async (context) => {
    const reports = await readReports(options.reports);
    const infos = reports.map((report): ReportInfo => ({
      name: report.name,
      atMs: report.atMs,
      summary: reportLine(report),
      good: report.good,
      html: report.html !== undefined,
      cluster: report.cluster,
      drills: report.results.map(({ fault, atMs, healedMs }) => ({ fault, fromMs: atMs, toMs: atMs + healedMs })),
    }));
    return context.json(infos);
  });
  app.get('/:token/reports/:name', async (context) => {
    // Only what is in the list can be asked for: a name is never made into a path here.
    const report = (await readReports(options.reports)).find(({ name }) => name === context.req.param('name'));
    if (report?.html === undefined) return context.notFound();
    const page = await readPage(report).catch(() => undefined);
    return page === undefined ? context.notFound() : context.html(page, 200, reportHeaders);
  });

  app.get('/:token/metrics', async (context) => {
    const { type, text } = await options.metrics();
    return context.body(text, 200, { 'content-type': type });
  });

  app.post('/:token/look', (context) => {
    const watch = watchAt(context);
    if (!watch) return context.notFound();
    void watch.look();
    return context.json({ ok: true }, 202);
  });

  app.post('/:token/drill', async (context) => {
    if (!options.drill)
      return context.json({ error: 'drills are not allowed: start the page with --allow-drills' }, 403);
    const read = drillShape.safeParse(await context.req.json().catch(() => undefined));
    if (!read.success) return context.json({ error: 'the request cannot be read' }, 400);
    const { place, fault, confirm } = read.data;
    const watch = sender.watches[place];
    if (!watch) return context.json({ error: 'there is no such cluster' }, 404);
    if (confirm !== watch.spec.name) return context.json({ error: "the cluster's name was not typed as it is" }, 400);
    const error = options.drill.start(place, fault);
    return error === undefined ? context.json({ ok: true }, 202) : context.json({ error }, 409);
  });

  return app;
}
