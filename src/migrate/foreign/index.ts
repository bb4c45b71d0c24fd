import { containers } from './containers.ts';
import type { ForeignKind, Former } from './foreign.ts';
import { staticPods } from './static-pods.ts';
import { systemdUnits } from './systemd.ts';

export const foreignKinds: readonly ForeignKind[] = [systemdUnits, containers, staticPods];

/** @throws for a runner that no kind knows: a programmer's error */
export function kindOf({ runner }: Former): ForeignKind {
  const kind = foreignKinds.find(({ runners }) => runners.includes(runner));
  if (!kind) throw new Error(`nothing is known of ${runner}`);
  return kind;
}

export function summaryOf(former: Former): string {
  return kindOf(former).summary(former);
}
