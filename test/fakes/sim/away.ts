import { haproxyNames } from '../../../src/node/haproxy.ts';
import type { AwayIntent } from '../../../src/node/intent/kubernetes.ts';
import { contentOf, write, type SimNode } from './node.ts';
import type { Ending } from './steps.ts';

/** There while a kubelet asks the endpoint, and not its own API server. */
export const asksEndpoint = '/run/sim-kubelet-asks-endpoint';

const asksOwn = 'kubelet own';

/** A visit takes an API server out of the way, with a timer that brings it back, or brings it back itself. */
export function carryOutAway(node: SimNode, step: AwayIntent, nowMs: number): Ending {
  const { machine } = node;
  switch (step.does) {
    case 'kubelet-away':
      if (!contentOf(node, step.file).includes(asksOwn))
        write(node, step.file, `${contentOf(node, step.file)}${asksOwn}\n`);
      write(node, asksEndpoint, '');
      break;
    case 'kubelet-home':
      if (contentOf(node, step.file).includes(asksOwn)) node.files.delete(asksEndpoint);
      break;
    case 'move-leader':
      // Which of them leads says nothing about the others here: the first that runs does.
      break;
    case 'bring-back':
      machine.due = withoutTimer(machine.due);
      node.drainedServers.delete(step.server);
      node.uncheckedServers.delete(step.server);
      break;
    case 'unchecked':
      node.uncheckedServers.add(step.server);
      break;
    case 'checked':
      node.uncheckedServers.delete(step.server);
      break;
    default: {
      const ready = { act: 'server-ready', server: step.server } as const;
      const letGo = step.lever ? [{ act: 'let-go', lever: step.lever.file, text: step.lever.text } as const] : [];
      machine.due = [
        ...withoutTimer(machine.due),
        { atMs: nowMs + step.forMs, what: { by: 'timer', fault: haproxyNames.ready, does: [ready, ...letGo] } },
      ];
      node.drainedServers.add(step.server);
      node.uncheckedServers.delete(step.server);
    }
  }
  return { rc: 0 };
}

function withoutTimer(due: SimNode['machine']['due']): SimNode['machine']['due'] {
  return due.filter(({ what }) => what.by !== 'timer' || what.fault !== haproxyNames.ready);
}
