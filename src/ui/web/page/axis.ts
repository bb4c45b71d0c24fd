/** Steps of the time axis, in seconds. */
const steps = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600];

/** Moments with a label below them: as many as have room, at whole local times. */
export function ticksOf(fromMs: number, toMs: number, room: number): readonly { atMs: number; text: string }[] {
  const stepS = steps.find((step) => (toMs - fromMs) / 1000 / step <= room) ?? 43_200;
  const offsetMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const first = Math.ceil((fromMs - offsetMs) / (stepS * 1000)) * stepS * 1000 + offsetMs;
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / (stepS * 1000)) + 1) }, (_, i) => {
    const atMs = first + i * stepS * 1000;
    const date = new Date(atMs);
    const parts = [date.getHours(), date.getMinutes(), ...(stepS < 60 ? [date.getSeconds()] : [])];
    return { atMs, text: parts.map((part) => String(part).padStart(2, '0')).join(':') };
  });
}
