import { pinnableTimers, type PinnableTimer } from '../../timers.ts';
import { about, choice, duration, flag, integer, mapping } from '../parts.ts';

function pinnable({ about: text, example, value }: PinnableTimer) {
  const type = value === 'time' ? duration() : integer(value.noun, value.min, value.max);
  return type.meta(about(text, example)).optional();
}

const timers = mapping(
  Object.fromEntries(Object.entries(pinnableTimers).map(([name, timer]) => [name, pinnable(timer)])),
).meta(about('Timers that you pin. What is absent is computed from the target.'));

export const failover = mapping({
  target: duration()
    .meta(
      about(
        'The outage that you accept when the node that holds a VIP is lost. The timers are computed from it.',
        '500ms',
        '2s',
      ),
    )
    .default('500ms'),
  hostStall: duration()
    .meta(
      about(
        'The longest time for which a busy node of yours stood still, as `k8s-ha soak` measured it. A target that needs adverts faster than that is refused.',
        '12ms',
      ),
    )
    .optional(),
  fencing: choice(['auto', 'on', 'off'])
    .meta(
      about(
        'A node that cannot reach a majority of the nodes gives its VIPs up. `auto`: on with stacked etcd and three nodes or more.',
      ),
    )
    .default('auto'),
  preempt: flag()
    .meta(about('The preferred node takes its VIP back when it returns: one more short outage.'))
    .default(false),
  tellClients: flag()
    .meta(
      about(
        'A node that takes a VIP over tells the clients of the node before it that their connections are gone: they connect again at once, instead of when their own timers end (30 s to 15 min). Needs the guard and port 7445 between the nodes.',
      ),
    )
    .default(false),
  keepConnections: flag()
    .meta(
      about(
        'When VIPs are moved on purpose (drain, spread, a rollout), established connections go on through the node that had the VIP, for up to 10 minutes; new ones go through the node that has it. Needs nft on the nodes.',
      ),
    )
    .default(false),
  timers: timers.prefault({}),
}).meta(about('How fast and how carefully the VIPs move.'));
