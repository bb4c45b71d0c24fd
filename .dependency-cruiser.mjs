/**
 * Who may import whom. Each rule says in a sentence why it is there; scripts/boundaries.mjs fails when nothing was cruised.
 * The flow is one-way: core → cluster → node → predict/render → observe → judge → plan → act → drill → report → ui → cli.
 */
const only = (folder, allowed, comment) => ({
  name: `${folder}-imports`,
  comment,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
});

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle means that two files are one thing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only('core', [], 'core has no domain: everything may stand on it.'),
    only('cluster', ['core'], 'The specification knows nothing of how it is carried out.'),
    only('node', ['core', 'cluster'], 'What a node and we agree on: everybody who touches a node reads it here.'),
    only('host', ['core'], 'A host runs commands; it knows no cluster.'),
    only('predict', ['core', 'cluster'], 'Predictions are computed from the specification alone.'),
    only('rules', ['core', 'cluster', 'node', 'predict'], 'Rules judge a specification, before any machine is asked.'),
    only('render', ['core', 'cluster', 'node', 'predict'], 'Files are a pure function of specification and timers.'),
    only(
      'adopt',
      ['core', 'cluster', 'node', 'predict', 'host'],
      'What exists becomes a cluster file and findings; nothing of ours is rendered for it.',
    ),
    only('observe', ['core', 'cluster', 'node', 'render', 'host'], 'Observation reads; it decides nothing.'),
    only(
      'judge',
      ['core', 'cluster', 'node', 'render', 'observe'],
      'A judgement is a function of what was seen: it reads no node and changes none.',
    ),
    only(
      'plan',
      ['core', 'cluster', 'node', 'predict', 'render', 'observe'],
      'A plan is data computed from files and state.',
    ),
    only(
      'lock',
      ['core', 'cluster', 'node', 'host', 'observe'],
      'Whoever changes or breaks something takes the same lock.',
    ),
    only(
      'act',
      ['core', 'cluster', 'node', 'render', 'host', 'observe', 'judge', 'lock', 'plan'],
      'Acting carries a plan out and computes nothing twice.',
    ),
    only(
      'migrate',
      ['core', 'cluster', 'node', 'host', 'adopt', 'render', 'observe', 'judge', 'plan', 'lock', 'act'],
      'A migration reads what adopt can read, and carries out with what act has.',
    ),
    only(
      'up',
      ['core', 'cluster', 'node', 'render', 'host', 'observe', 'judge', 'plan', 'lock', 'act'],
      'Making a cluster has kubeadm do it, around the rollout that act has.',
    ),
    only(
      'upkeep',
      ['core', 'cluster', 'node', 'render', 'host', 'observe', 'judge', 'plan', 'lock', 'act', 'up'],
      'The life of a cluster that kubeadm made: carried out with what act and up have.',
    ),
    only(
      'drill',
      ['core', 'cluster', 'node', 'predict', 'render', 'host', 'observe', 'judge', 'lock'],
      'A drill breaks and measures; it never changes configuration.',
    ),
    only(
      'report',
      [
        'core',
        'cluster',
        'node',
        'predict',
        'rules',
        'adopt',
        'plan',
        'observe',
        'judge',
        'drill',
        'act',
        'migrate',
        'up',
        'upkeep',
      ],
      'Reports only format.',
    ),
    only(
      'ui',
      ['core', 'cluster', 'node', 'predict', 'render', 'host', 'observe', 'judge', 'act', 'drill', 'report'],
      'The live views show what the others know; they decide nothing.',
    ),
    only(
      'lab',
      ['core', 'host'],
      'Only lab/ and the CLI know that there is a lab, and the lab knows nothing of the product it tests.',
    ),
    {
      name: 'effects-at-the-edge',
      comment:
        'Files, sockets and processes are touched only where the design says so, so that the rest can be tested without a machine.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/((host|lab|cli|ui|drill/prober)/|core/ip\\.ts)' },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|fs/promises|net|tls|http|https|child_process|dgram)$' },
    },
    {
      name: 'public-door',
      comment: 'The CLI uses the library through its one door, so that the door is complete.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(cli|lab|core|index\\.ts|cluster-file\\.ts|status\\.ts|views\\.ts)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
  },
};
