import { createTwoFilesPatch } from 'diff';
import { holdsSecrets } from '../node/paths.ts';

/** A unified diff of one file, with its mode where that changes; /dev/null for a file that is not there. */
export function diffText(
  path: string,
  before: string | undefined,
  after: string | undefined,
  modeBefore: number | undefined,
  modeAfter: number | undefined,
): string {
  const mode =
    modeBefore !== undefined && modeAfter !== undefined && modeBefore !== modeAfter
      ? `mode ${modeBefore.toString(8)} → ${modeAfter.toString(8)}\n`
      : '';
  if (holdsSecrets(path))
    return `${mode}${path}: ${linesOf(before)} lines become ${linesOf(after)}; not shown, because they may hold Secrets\n`;
  const patch = createTwoFilesPatch(
    before === undefined ? '/dev/null' : path,
    after === undefined ? '/dev/null' : path,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 2 },
  );
  return mode + patch.replace(/^=+\n/, '');
}

function linesOf(text: string | undefined): number {
  return text === undefined || text === '' ? 0 : text.trimEnd().split('\n').length;
}
