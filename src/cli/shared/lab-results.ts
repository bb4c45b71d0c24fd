import { Option } from 'commander';
import type { Finding } from '../../core/finding.ts';
import type { Result } from '../../core/result.ts';
import { tellFindings } from './context.ts';
import { tell } from './output.ts';

export function nameOption(): Option {
  return new Option('--name <lab>', 'which lab').default('lab');
}

/** Shows why it did not work; exit code 2 where the machine is not what a lab needs, 1 otherwise. */
export async function unwrap<T>(result: Result<T, readonly Finding[]>): Promise<T | undefined> {
  if (result.ok) return result.value;
  await tellFindings(result.error);
  process.exitCode = 1;
  return undefined;
}

export function tellStep(text: string): void {
  return tell(`  · ${text}`);
}
