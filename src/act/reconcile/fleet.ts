import type { Host } from '../../host/host.ts';

/** How many nodes are connected to at once: each is an ssh process here and a login there. */
const nodesAtOnce = 20;

/** Lets work begin when it is its turn: in the order of asking, so many at once. */
type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(atOnce = nodesAtOnce): Turns {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/**
 * A host of one of many clusters: each command waits for its turn. A node that does not answer takes one turn, and holds up
 * neither its own cluster's nodes nor the others'. For hosts that keep no connection between commands.
 */
export function inTurn(host: Host, turns: Turns): Host {
  return {
    ...host,
    run: async (command, options) => turns(async () => host.run(command, options)),
  };
}
