import { createTwoFilesPatch } from 'diff';

/** A unified diff of one file, with its mode where that changes; /dev/null for a file that is not there. */
export function diffText(
  path: string,
  before: string | undefined,
  after: string | undefined,
  modeBefore: number | undefined,
  modeAfter: number | undefined,
): string {
  const patch = createTwoFilesPatch(
    before === undefined ? '/dev/null' : path,
    after === undefined ? '/dev/null' : path,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 2 },
  );
  const mode =
    modeBefore !== undefined && modeAfter !== undefined && modeBefore !== modeAfter
      ? `mode ${modeBefore.toString(8)} → ${modeAfter.toString(8)}\n`
      : '';
  return mode + patch.replace(/^=+\n/, '');
}
