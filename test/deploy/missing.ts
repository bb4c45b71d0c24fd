import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Of the programs that a test needs, those that are not installed; told on standard error, so that nobody takes the test for run. */
export function missingPrograms(what: string, programs: readonly string[]): readonly string[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const missing = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  if (missing.length > 0) process.stderr.write(`LEFT OUT: ${what}, because ${missing.join(', ')} is not installed.\n`);
  return missing;
}
