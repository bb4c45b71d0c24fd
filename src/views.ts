// The public door of the live views: apart from the other one, so that no command loads what only these need.
export { followEvents } from './views/events/follow.ts';
export { createNotifier, type Notifier } from './views/events/notify.ts';
export { readEvents } from './views/events/read.ts';
export { clocksText, eventText } from './views/events/text.ts';
export { startExporter } from './views/metrics/exporter.ts';
export { createMetrics } from './views/metrics/metrics.ts';
export type { WatchEvent } from './views/watch/model.ts';
export { liveStatus } from './views/tui/live.ts';
export { startUi } from './views/web/ui.ts';
export { watch, type Watch } from './views/watch/watch.ts';
