// Which files of test/e2e run together, in which order, and when: `./bin/test` runs `change`, `./bin/test all` everything but
// `byHand`. What each of them needs is said in test/e2e/README.md.

/** What every change needs: set-up, faults and moves, and a cluster from bare machines. */
export const change = ['apply', 'drill', 'moves'];
export const changeKubernetes = ['kubernetes-whole'];

/** Faults that `drill.test.ts` breaks then: those that every cluster meets first. The others by `all`. */
export const faultsOfChange = [
  'node-lost',
  'keepalived-killed',
  'haproxy-killed',
  'haproxy-hung',
  'cut-from-peers',
  'api-server-hung',
  'drained',
  'restarted',
];

/** With machines of their own, in three parts, and with real Kubernetes: one at a time, because the machine is the fixture. */
export const own = ['changes', 'everywhere', 'families'];
export const programs = ['mixed', 'podman', 'upgrade'];
export const others = ['lab', 'membership', 'migrate', 'migrate-containers'];
export const kubernetes = ['kubernetes', 'kubernetes-whole', 'kubernetes-kubeadm'];

/**
 * With the machines that files share, and in this order. The first ones bear nothing beside them, because they hold times against a
 * prediction, or lose connections when a node is late.
 */
export const alone = ['apply', 'drill', 'views', 'crowd', 'moves', 'moves-end'];
export const beside = [
  'bad-days',
  'contract',
  'init',
  'ansible',
  'rollback',
  'drain',
  'guard',
  'keep',
  'model',
  'refused',
  'tell',
];

/** The life of a cluster that kubeadm made: each takes four minutes and more, with machines of its own. */
export const life = [
  'kubernetes-certificates',
  'kubernetes-drills',
  'kubernetes-guide',
  'kubernetes-life',
  'kubernetes-nodes',
  'kubernetes-upgrade',
];

/**
 * Files that are run by hand before a release: every command of README and guides (13 minutes), the life of a whole cluster, the
 * README's pictures, a hundred nodes, and a killed build of the lab's image.
 */
export const byHand = [...life, 'kubernetes-walk', 'lab-podman', 'record', 'scale'];

const inAll = [...alone, ...beside, ...own, ...programs, ...others, ...kubernetes];
const inChange = [...change, ...changeKubernetes];

/** Files that `./bin/test all` runs beyond those of `./bin/test`. */
export const leftToAll = inAll.filter((name) => !inChange.includes(name));
