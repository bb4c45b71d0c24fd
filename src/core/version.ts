/** A program's version, as far as we compare it: `2.2.7` of `Keepalived v2.2.7 (01/16,2022)`. */
export type Version = readonly [major: number, minor: number, patch: number];

/** Finds the first `x.y` or `x.y.z` in a program's version output; undefined when there is none. */
export function parseVersion(text: string): Version | undefined {
  const match = /(?<!\d)(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?!\d)/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** True when `version` is `minimum` or newer. */
export function atLeast(version: Version, minimum: Version): boolean {
  for (const i of [0, 1, 2] as const) if (version[i] !== minimum[i]) return version[i] > minimum[i];
  return true;
}

export function versionText(version: Version): string {
  return version.join('.');
}
