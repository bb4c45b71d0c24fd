import { Argument, Option } from 'commander';
import { defaultFile } from './context.ts';

/** Arguments and options that several commands share. */
export function fileArgument(): Argument {
  return new Argument('[file]', 'cluster file').default(defaultFile);
}

export function filesArgument(): Argument {
  return new Argument('[file...]', 'cluster files').default([defaultFile]);
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text');
}

export function diffOption(): Option {
  return new Option('--diff', 'also show every changed line of the files').default(false);
}

export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask').default(false);
}

export function breakLockOption(): Option {
  return new Option('--break-lock', "replace another operator's lock; only when that run is surely dead").default(
    false,
  );
}

export function dryRunOption(): Option {
  return new Option('--dry-run', 'show what would be done, and change nothing').default(false);
}

/** What was approved elsewhere is carried out, or nothing. */
export function planOption(): Option {
  return new Option('--plan <hash>', 'go on without asking if this is still the plan, and not otherwise');
}

/** May be given several times; what it names is checked where the nodes are known. */
export function withoutOption(): Option {
  return new Option(
    '--without <node...>',
    'leave these dead nodes as they are; what stays behind on them is said',
  ).default([]);
}
