import { effect, signal } from '@preact/signals';
import type { ShownCluster } from '../shown.ts';
import { clusters, lostSince, view } from './store.ts';
import { iconOf, noticeOf, titleOf } from './words.ts';

/** Whether this browser tells what happens on the desktop: `absent` where it cannot. */
export const notices = signal<'absent' | 'off' | 'on' | 'refused'>('Notification' in globalThis ? 'off' : 'absent');

/** Asks the browser, once the operator has pressed the button: never by itself. */
export async function toggleNotices(): Promise<void> {
  if (notices.value === 'on') {
    notices.value = 'off';
    return;
  }
  const answer = await Notification.requestPermission();
  notices.value = answer === 'granted' ? 'on' : 'refused';
}

/** One for each cluster: a new one takes the place of the one before. */
function notify({ title, body }: { title: string; body: string }, tag: string): Notification {
  return new Notification(title, { body, tag });
}

/** Title, favicon and notifications follow the verdict for as long as the page lives. */
export function tellOutward(): void {
  effect(() => {
    const lost = lostSince.value !== undefined;
    const title = titleOf(view.value, lost);
    if (document.title !== title) document.title = title;
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    const href = iconOf(lost ? 'unknown' : (view.value?.diagnosis.verdict ?? 'unknown'));
    if (icon && icon.href !== href) icon.href = href;
  });
  const shown = new Map<string, Notification>();
  let before: readonly ShownCluster[] = [];
  effect(() => {
    const now = clusters.value;
    if (notices.peek() === 'on')
      now.forEach((cluster, place) => {
        const notice = cluster === before[place] ? undefined : noticeOf(before[place], cluster);
        if (notice) shown.set(cluster.name, notify(notice, cluster.name));
      });
    before = now;
  });
}
