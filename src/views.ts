// The public door of the live views: apart from the other one, so that no command loads what only these need.
export { followEvents } from './ui/events/follow.ts';
export { createNotifier, type Notifier } from './ui/events/notify.ts';
export { readEvents } from './ui/events/read.ts';
export { clocksText, eventText } from './ui/events/text.ts';
export { startExporter } from './ui/metrics/exporter.ts';
export { createMetrics } from './ui/metrics/metrics.ts';
export type { WatchEvent } from './observe/live/model.ts';
export { liveStatus } from './ui/tui/live.ts';
export { startUi } from './ui/web/ui.ts';
export { watch, type Watch } from './ui/watch/watch.ts';
