import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { labDown, labNames } from '../../../src/lab/lab.ts';

const prefix = `t-shared-${process.pid}`;

/** Once, in vitest's own process: names the labs that test files share, and takes down those of runs that were killed. */
export async function setup({ provide }: TestProject): Promise<void> {
  provide('sharedLabs', prefix);
  await down((name) => !existsSync(`/proc/${/^t-shared-(\d+)-\d+$/.exec(name)?.[1] ?? 'self'}`));
}

export async function teardown(): Promise<void> {
  await down((name) => name.startsWith(`${prefix}-`));
}

async function down(which: (name: string) => boolean): Promise<void> {
  for (const name of (await labNames()).filter(which)) {
    const ended = await labDown(name);
    if (!ended.ok) throw new Error(JSON.stringify(ended.error));
  }
}
