function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Local time of day: `18:34:32`. */
export function timeText(atMs: number): string {
  const date = new Date(atMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function milliText(atMs: number): string {
  return `${timeText(atMs)}.${String(Math.floor(((atMs % 1000) + 1000) % 1000)).padStart(3, '0')}`;
}

export function dateText(atMs: number): string {
  const date = new Date(atMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeText(atMs)}`;
}

/** The time of day, with the date where that is more than half a day from `nowMs`. */
export function momentText(atMs: number, nowMs: number): string {
  return Math.abs(nowMs - atMs) < 43_200_000 ? timeText(atMs) : dateText(atMs);
}

/** How long: `4 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A short time that was measured: `62 ms`, `1.3 s`. */
export function lossText(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)} ms`;
  return ms < 60_000 ? `${(Math.ceil(ms / 100) / 10).toFixed(1).replace('.0', '')} s` : spanText(ms);
}

/** `cp1`, `cp1 and cp2`, `cp1, cp2 and cp3`. */
export function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
