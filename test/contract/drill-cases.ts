import { beforeEach, describe, expect, test } from 'vitest';
import type { CommandResult } from '../../src/core/command.ts';
import type { FaultTarget } from '../../src/drill/acts.ts';
import { healCommand, injectCommand } from '../../src/drill/fault.ts';
import { guardExit } from '../../src/node/lock.ts';
import { drained } from '../../src/drill/faults/drained.ts';
import { parseLever } from '../../src/node/lever.ts';
import { lockCommand } from '../../src/node/lock.ts';
import { paths } from '../../src/node/paths.ts';
import type { Machine } from './machine.ts';
import type { Session } from './session.ts';
import { ours, theirs } from './visits.ts';

/** Late enough that no timer of these cases ever fires. */
const healAfterMs = 600_000;

/** What every command of a drill must do, whoever carries it out. */
export function drillCases(session: Session): void {
  describe('a drill', () => {
    beforeEach(async () => void (await session.machine.host.run(lockCommand(ours, undefined))));

    test("breaks nothing under somebody else's lock", async () => {
      expect((await inject(session.machine, theirs.token)).rc).toBe(guardExit.lockLost);
      expect(await lever(session.machine)).toBeUndefined();
    });

    test('pulls a lever, and lets it go', async () => {
      expect(await inject(session.machine, ours.token)).toMatchObject({ rc: 0 });
      expect(await lever(session.machine)).toMatchObject({ by: 'operator', name: 'drill' });
      expect(await heal(session.machine)).toMatchObject({ rc: 0 });
      expect(await lever(session.machine)).toBeUndefined();
    });

    test("leaves somebody else's lever alone, and a node that it did not break", async () => {
      expect(await heal(session.machine)).toMatchObject({ rc: 0 });
      expect(await lever(session.machine)).toBeUndefined();
      await inject(session.machine, ours.token);
      await session.machine.put(paths.drain, '1 operator ada: new fan\n');
      expect(await heal(session.machine)).toMatchObject({ rc: 0 });
      expect(await lever(session.machine)).toEqual({ by: 'operator', name: 'ada', reason: 'new fan' });
    });
  });
}

async function inject(machine: Machine, token: string): Promise<CommandResult> {
  return machine.host.run(injectCommand(drained, target(machine), healAfterMs, token));
}

async function heal(machine: Machine): Promise<CommandResult> {
  return machine.host.run(healCommand(drained, target(machine)));
}

async function lever({ file }: Machine) {
  return parseLever((await file(paths.drain))?.content ?? '');
}

function target({ spec }: Machine): FaultTarget {
  const [node] = spec.nodes;
  const [vip] = spec.endpoint.virtualIPs;
  if (!node || !vip) throw new Error('no node or VIP');
  return { spec, node, vip, interface: 'eth0', first: true };
}
