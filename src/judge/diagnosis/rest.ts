import type { Finding, FindingId } from '../../core/finding.ts';
import type { JudgedApi } from './api.ts';
import type { NextCommands } from './commands.ts';
import type { Drafts } from './draft.ts';
import { ranks, type DiagnoseOptions } from './model.ts';
import { list } from './nodes.ts';

/** Findings whose facts are judged as a whole, and told there. */
const judged: readonly FindingId[] = [
  'split-brain',
  'no-holder',
  'node-unknown',
  'haproxy-down',
  'keepalived-down',
  'cut-off',
  'drained',
  'instance-fault',
  'connections-full',
  'mac-changed',
  'api-server-down',
  'etcd-no-leader',
  'unfinished',
  'etcd-restore-unfinished',
];

const refusals: readonly FindingId[] = ['anonymous-refused', 'health-certificate-refused'];

/** Tells what the full look found besides: one cause for a rule, or a consequence where one is known that explains it. */
export function tellRest(
  { findings = [], filesDiffer = {} }: DiagnoseOptions,
  api: JudgedApi,
  drafts: Drafts,
  next: NextCommands,
): void {
  const left = findings.filter((finding) => !judged.includes(finding.rule) && !explained(finding, api, drafts));
  for (const rule of new Set(left.map((finding) => finding.rule)))
    tellRule(
      left.filter((finding) => finding.rule === rule),
      drafts,
      next,
    );
  tellFiles(filesDiffer, drafts, next);
}

/** Folds a finding that follows from what is known already; true where it was. */
function explained({ rule, node, message }: Finding, { noneReady }: JudgedApi, drafts: Drafts): boolean {
  // Of all API servers it is told as a whole.
  if (refusals.includes(rule) && drafts.all().some((draft) => draft.rule === rule)) return true;
  const api = noneReady
    ? drafts.all().find((draft) => draft.rule === 'etcd-no-leader' || draft.rule === 'no-api-server')
    : undefined;
  const own = node === undefined ? undefined : drafts.of(node);
  const root = ((): typeof api => {
    switch (rule) {
      case 'api-server-not-ready':
        return api ?? own;
      case 'addons':
        return api ?? own;
      case 'etcd-leaders':
      case 'etcd-members':
        return api;
      case 'lease-stale':
        return api ?? own;
      case 'guard-not-loaded':
        return own?.rule === 'keepalived-down' ? own : undefined;
      default:
        return undefined;
    }
  })();
  if (!root) return false;
  if (rule === 'api-server-not-ready' && root === api) return true;
  root.consequences.push(node === undefined ? message : `${node}: ${message}`);
  return true;
}

function tellRule(findings: readonly Finding[], drafts: Drafts, next: NextCommands): void {
  const [first] = findings;
  if (!first) return;
  const names = [...new Set(findings.flatMap(({ node }) => (node === undefined ? [] : [node])))];
  const alike = findings.every(({ message }) => message === first.message);
  const place = alike ? list(names) : (first.node ?? '');
  const severity = findings.some((finding) => finding.severity === 'error') ? 'error' : 'warning';
  drafts.add(
    {
      rank: severity === 'error' ? ranks.error : ranks.warning,
      rule: first.rule,
      severity,
      what: place === '' ? first.message : `${place}: ${first.message}`,
      ...(names.length === 1 && names[0] !== undefined && { node: names[0] }),
      command: commandFor(first, next),
    },
    alike ? [] : findings.slice(1).map(({ node, message }) => (node === undefined ? message : `${node}: ${message}`)),
  );
}

function commandFor({ rule, node = '' }: Finding, next: NextCommands): string {
  switch (rule) {
    case 'guard-not-loaded':
    case 'firewall-not-loaded':
    case 'old-program-runs':
      return next.tool('apply');
    case 'worker-differs':
      return next.tool('up');
    case 'worker-unknown':
      return next.on(node);
    case 'clock-off':
      return next.on(node, 'timedatectl');
    case 'adverts-dropped':
      return next.on(node, 'tcpdump -c 20 -eni any ip proto 112');
    // Its fix is several commands, which the long form prints.
    case 'certificate-names':
      return next.tool('status', '--verbose');
    case 'certificate-expiry':
      return next.tool('certificates', 'renew');
    case 'etcd-snapshot-missing':
      return node === '' ? next.explain(rule) : next.on(node, 'journalctl -n 50 -u k8s-ha-etcd-snapshot');
    case 'addons':
      return next.on(node, 'journalctl -n 50 -u k8s-ha-addons');
    case 'api-server-not-ready':
      return next.on(node, 'crictl ps -a --name etcd,kube-apiserver');
    case 'lease-stale':
      return 'kubectl -n kube-system get pods -o wide';
    default:
      return next.explain(rule);
  }
}

function tellFiles(differ: NonNullable<DiagnoseOptions['filesDiffer']>, drafts: Drafts, next: NextCommands): void {
  const names = Object.entries(differ).flatMap(([node, count = 0]) => (count > 0 ? [{ node, count }] : []));
  if (names.length === 0) return;
  drafts.add(
    {
      rank: ranks.warning,
      rule: 'files-differ',
      severity: 'warning',
      what: `files on ${list(names.map(({ node }) => node))} differ from the cluster file`,
      command: next.tool('plan'),
    },
    names.map(({ node, count }) => `${node}: ${count} ${count === 1 ? 'file' : 'files'}`),
  );
}
