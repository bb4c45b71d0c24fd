import { Argument, Option } from 'commander';
import { defaultFile } from './context.ts';

/** Arguments and options that several commands share. */
export const fileArgument = (): Argument => new Argument('[file]', 'cluster file').default(defaultFile);

export const filesArgument = (): Argument => new Argument('[file...]', 'cluster files').default([defaultFile]);

export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text');

export const yesOption = (): Option => new Option('-y, --yes', 'do not ask').default(false);

export const breakLockOption = (): Option =>
  new Option('--break-lock', "replace another operator's lock; only when that run is surely dead").default(false);

/** May be given several times; what it names is checked where the nodes are known. */
export const withoutOption = (): Option =>
  new Option('--without <node...>', 'leave these dead nodes as they are; what stays behind on them is said').default(
    [],
  );
