import type { Severity } from '../../core/finding.ts';
import type { FileFindingId, RuleId } from '../../core/findings/index.ts';

/** What the reference says about one kind of finding. A rule is a kind with a check. */
export interface FindingKind<Id extends string = FileFindingId | RuleId> {
  readonly id: Id;
  readonly severity: Severity;
  readonly title: string;
  /** A paragraph: what would happen. */
  readonly why: string;
  /** A cluster file that has the finding; undefined where it cannot be printed. */
  readonly bad?: string;
  /** A cluster file that has it not. */
  readonly good: string;
}

/** A minimal cluster file, with lines of its own at the end; `head` replaces the endpoint, `nodes` the nodes. */
export function example({ endpoint = 'virtualIPs: [10.0.0.100]', nodes = threeNodes, more = '' } = {}): string {
  return `name: prod
endpoint:
${indent(endpoint)}
nodes:
${indent(nodes)}
${more === '' ? '' : `${more}\n`}`;
}

const threeNodes = `- { name: cp1, address: 10.0.0.11 }
- { name: cp2, address: 10.0.0.12 }
- { name: cp3, address: 10.0.0.13 }`;

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function kind(
  id: FileFindingId,
  title: string,
  why: string,
  bad: string | undefined,
  good = example(),
): FindingKind<FileFindingId> {
  return {
    id,
    severity: 'error',
    title,
    why,
    ...(bad !== undefined && { bad }),
    good,
  };
}

/** Every finding that reading the file can give, before any rule is asked. */
export const loadKinds: readonly FindingKind<FileFindingId>[] = [
  kind(
    'too-large',
    'The file is too large for a cluster file',
    'A cluster file is about a page long. A file of more than 64 KiB was given by mistake, and is refused before it is read.',
    undefined,
  ),
  kind(
    'not-text',
    'The file is not text',
    'A cluster file is YAML in UTF-8. Bytes that are no UTF-8, or control characters, mean a binary file or another encoding such as UTF-16.',
    undefined,
  ),
  kind(
    'empty-file',
    'The file is empty',
    'A file that was created but never written, or in which everything is a comment, describes no cluster.',
    '# name: prod\n',
  ),
  kind(
    'not-a-mapping',
    'The file is a list or a single value',
    'At the top level a cluster file has keys: name, endpoint, nodes and so on.',
    '- name: cp1\n  address: 10.0.0.11\n',
  ),
  kind(
    'several-documents',
    'The file has more than one YAML document',
    'One file describes one cluster. With two documents it would not be clear which one is in force.',
    `${example()}---\n${example()}`,
  ),
  kind(
    'yaml-syntax',
    'The text is not valid YAML',
    'The structure cannot be understood. The parser often notices only after the mistake: look at the line before as well.',
    'name: prod\nendpoint:\n  virtualIPs: [10.0.0.100\nnodes: []\n',
  ),
  kind(
    'tab-indentation',
    'A line is indented with a tab',
    'YAML allows only spaces, because a tab has no fixed width.',
    'name: prod\nendpoint:\n\tvirtualIPs: [10.0.0.100]\n',
  ),
  kind(
    'yaml-tag',
    'A value has a YAML tag',
    'Tags such as !Ref belong to other tools. In a cluster file they would be ignored silently.',
    example({ endpoint: 'virtualIPs: [!Ref address]' }),
  ),
  kind(
    'duplicate-key',
    'A key is given twice',
    'Parsers disagree about which of the two counts, so a file could mean one thing to you and another to the next tool.',
    example({ endpoint: 'virtualIPs: [10.0.0.100]\nport: 7443\nport: 8443' }),
    example({ endpoint: 'virtualIPs: [10.0.0.100]\nport: 8443' }),
  ),
  kind(
    'alias-bomb',
    'The file multiplies itself, or is nested without end',
    'A few lines of aliases of aliases stand for millions of values, and an alias inside its own anchor for infinitely many.',
    'name: &a [*a]\n',
  ),
  kind(
    'unknown-key',
    'A key that k8s-ha does not know',
    'A misspelt key would otherwise be a setting that you believe to be in force and that is not.',
    example({ more: 'failover:\n  targett: 2s' }),
    example({ more: 'failover:\n  target: 2s' }),
  ),
  kind(
    'missing-key',
    'A key that is needed is missing',
    'Only few keys are needed: the name of the cluster, its VIPs, and the name and address of every node.',
    example({ nodes: '- { name: cp1, address: 10.0.0.11 }\n- { name: cp2 }\n- { name: cp3, address: 10.0.0.13 }' }),
  ),
  kind(
    'wrong-type',
    'A value is of another type',
    'For example a text where a number is expected, one value where a list is expected, or nothing at all.',
    example({ endpoint: 'virtualIPs: 10.0.0.100' }),
  ),
  kind(
    'out-of-range',
    'A number, a duration or the length of a list is outside its limits',
    'Ports, priorities, router ids and counts have limits that the protocols or programs set.',
    example({ endpoint: 'virtualIPs: [10.0.0.100]\nport: 70000' }),
    example({ endpoint: 'virtualIPs: [10.0.0.100]\nport: 7443' }),
  ),
  kind(
    'bad-choice',
    'A value that is not one of the choices',
    'The key takes one of a few words.',
    example({ more: 'etcd:\n  mode: stackd' }),
    example({ more: 'etcd:\n  mode: stacked' }),
  ),
  kind(
    'bad-name',
    'A name with characters that a name cannot have',
    'Names become parts of configuration files, arguments and Kubernetes objects, each of which allows only certain characters.',
    example({
      nodes:
        '- { name: CP_1, address: 10.0.0.11 }\n- { name: cp2, address: 10.0.0.12 }\n- { name: cp3, address: 10.0.0.13 }',
    }),
  ),
  kind(
    'bad-text',
    'A text with characters that would break a configuration file',
    'Paths and options are written into haproxy.cfg and onto command lines, where spaces, quotes, # and line ends have a meaning.',
    example({ more: 'apiServer:\n  healthPath: "/readyz # all"' }),
    example({ more: 'apiServer:\n  healthPath: /readyz?verbose' }),
  ),
  kind(
    'not-an-address',
    'A value that is not an IP address',
    'Names would have to be resolved while the cluster is down, and short or zoned forms mean different things to different programs.',
    example({ endpoint: 'virtualIPs: [10.0.0.300]' }),
  ),
  kind(
    'bad-duration',
    'A value that is not a duration',
    'Durations are a number and a unit: ms, s, m, h or d.',
    example({ more: 'failover:\n  target: fast' }),
    example({ more: 'failover:\n  target: 500ms' }),
  ),
  kind(
    'duration-without-unit',
    'A duration without a unit',
    'keepalived reads a bare number as seconds, HAProxy as milliseconds. Guessing between them is how outages are made.',
    example({ more: 'failover:\n  target: 500' }),
    example({ more: 'failover:\n  target: 500ms' }),
  ),
];
