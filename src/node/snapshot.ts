/**
 * When a snapshot of etcd was taken, in milliseconds since the epoch: its name says it, as the program that takes snapshots writes
 * it. Its time in the file system changes with every copy.
 */
export function snapshotTakenMs(path: string): number | undefined {
  const stamp = /\betcd-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/.exec(path);
  if (!stamp) return undefined;
  const [, year, month, day, hour, minute, second] = stamp.map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}
