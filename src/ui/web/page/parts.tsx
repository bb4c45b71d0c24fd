import { useSignal } from '@preact/signals';
import { spanText, timeText } from './format.ts';
import { cursor, nowMs } from './store.ts';

/** What nobody knows: never drawn as if it were down. */
export function Unknown({ why }: { why: string }) {
  return (
    <span class="unknown" title={why}>
      <b aria-hidden="true">?</b>
      <span class="spoken">unknown</span>
    </span>
  );
}

/** A moment and how long ago it is: `since 03:19:18 (4 min)`. */
export function Since({ atMs }: { atMs: number }) {
  return (
    <>
      {timeText(atMs)} <span class="quiet">({spanText(nowMs.value - atMs)})</span>
    </>
  );
}

export function Panel({
  title,
  className = '',
  nowOnly = false,
  aside,
  children,
}: {
  title: string;
  className?: string;
  /** It shows the present alone: while the past is looked at, it is dimmed and says so. */
  nowOnly?: boolean;
  aside?: preact.ComponentChildren;
  children: preact.ComponentChildren;
}) {
  const dimmed = nowOnly && cursor.value !== undefined;
  return (
    <section class={`panel ${className} ${dimmed ? 'now-only' : ''}`}>
      <h2>
        {title}
        {dimmed ? <span class="tag">now only</span> : null}
        {aside === undefined ? null : <span class="aside">{aside}</span>}
      </h2>
      {children}
    </section>
  );
}

/** A command that is run in a terminal, with a button that copies it. */
export function CommandLine({ command }: { command: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(command).catch(() => undefined);
    copied.value = true;
    setTimeout(() => (copied.value = false), 1500);
  };
  return (
    <div class="command">
      <code data-command>{command}</code>
      <button type="button" aria-label={`copy: ${command}`} onClick={() => void copy()}>
        {copied.value ? 'copied' : 'copy'}
      </button>
    </div>
  );
}
