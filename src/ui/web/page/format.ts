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

/** How long: `4 s`, `3 min`, `2 h 5 min`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
