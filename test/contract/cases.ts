import { describe } from 'vitest';
import { drillCases } from './drill-cases.ts';
import { fileCases } from './file-cases.ts';
import { guardCases } from './guard-cases.ts';
import { lockCases } from './lock-cases.ts';
import type { Machine } from './machine.ts';
import { serviceCases } from './service-cases.ts';
import { openSession } from './session.ts';

/**
 * What every command that changes a node must do, whoever carries it out: the shell on a real machine, the same shell in a
 * folder, or the simulation by the command's intent.
 */
export function contract(name: string, open: () => Promise<Machine>): void {
  describe(`the contract of a node: ${name}`, () => {
    const session = openSession(open);
    lockCases(session);
    fileCases(session);
    drillCases(session);
    guardCases(session);
    serviceCases(session);
  });
}
