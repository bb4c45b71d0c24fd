import type { FileChange, OutageChange, Plan, VisitKind } from '../plan/model.ts';
import { isEmpty } from '../plan/plan.ts';
import { describePlanActions } from '../plan/describe.ts';
import { formatMs } from '../core/duration.ts';
import { styles, type Styles } from './styles.ts';
import { wrap } from './wrap.ts';

export interface PlanTextOptions {
  /** Also every changed line of the files. */
  readonly diff?: boolean;
  readonly color?: boolean;
  readonly width?: number;
}

/**
 * The plan for people: how long outages will be with other timers, then each node with what is done, what clients notice and
 * which files change. Ends with a newline.
 */
export function planText(plan: Plan, { diff = false, color = false, width = Infinity }: PlanTextOptions = {}): string {
  if (isEmpty(plan)) return `${plan.cluster}: nothing to do; every node is as the cluster file says.\n`;
  const styled = styles(color);
  const head = plan.bootstrap
    ? `${plan.cluster}: first set-up of ${plan.nodes.length} nodes, side by side (plan ${plan.hash})`
    : `${plan.cluster}: ${count(plan)} (plan ${plan.hash})`;
  const nodes = plan.nodes.map((node) =>
    [
      styled.bold(`${node.node}${visit[node.kind]}`),
      ...(node.packages.length > 0 ? wrapped(`install ${node.packages.join(', ')}`, width) : []),
      ...node.images.map(
        ({ name, containerfile }) => `  ${containerfile === undefined ? 'pull' : 'build'} the image ${name}`,
      ),
      ...(node.certificate
        ? [`  ${node.certificate} the client certificate of health checks: the CA on the node signs it`]
        : []),
      ...node.changes.map((change) => fileLine(change, styled)),
      ...wrapped(describePlanActions(node), width),
      ...wrapped(node.effect, width),
      ...(diff ? node.changes.map((change) => coloured(change.diff.trimEnd(), styled)) : []),
    ].join('\n'),
  );
  const outages = plan.outages ?? [];
  return `${[
    styled.bold(head),
    ...(outages.length > 0 ? [outagesText(outages, styled)] : []),
    ...nodes,
    ...(diff ? [] : [styled.dim('The changed lines: --diff')]),
  ].join('\n\n')}\n`;
}

function wrapped(text: string, width: number): readonly string[] {
  return wrap(text, width, { indent: 2 });
}

/** `~ /etc/k8s-ha/keepalived.conf  +1 −1`. */
function fileLine({ action, path, diff }: FileChange, { dim }: Styles): string {
  const lines = diff.split('\n');
  const added = lines.filter((line) => line.startsWith('+') && !line.startsWith('+++ ')).length;
  const removed = lines.filter((line) => line.startsWith('-') && !line.startsWith('--- ')).length;
  const sums = [...(added > 0 ? [`+${added}`] : []), ...(removed > 0 ? [`−${removed}`] : [])].join(' ');
  const mark = { create: '+', update: '~', delete: '-' }[action];
  return `  ${mark} ${path}${sums === '' ? '' : dim(`  ${sums}`)}`;
}

/** Less than that is told as a sum. */
const noticeableMs = 10;

/** `node-lost  449 ms → 892 ms`, one line for each fault that changes, the longest outage first. */
function outagesText(changes: readonly OutageChange[], { bold, red, green }: Styles): string {
  const sorted = changes
    .filter(({ before, after }) => Math.abs(after.upperMs - before.upperMs) >= noticeableMs)
    .toSorted((a, b) => b.after.upperMs - a.after.upperMs);
  const others = changes.length - sorted.length;
  const column = Math.max(...sorted.map(({ after }) => after.disruption.length));
  return [
    bold('The longest outage changes with the timers:'),
    ...sorted.map(({ before, after }) => {
      const line = `${after.disruption.padEnd(column)}  ${longest(before.upperMs)} → ${longest(after.upperMs)}`;
      return `  ${after.upperMs > before.upperMs ? red(line) : green(line)}`;
    }),
    ...(others > 0 ? [`  ${others} ${others === 1 ? 'other' : 'others'} by less than ${formatMs(noticeableMs)}`] : []),
  ].join('\n');
}

function longest(ms: number): string {
  return ms === Number.POSITIVE_INFINITY ? 'no upper bound' : formatMs(ms);
}

function coloured(diff: string, { bold, red, green }: Styles): string {
  const styleOf = (line: string): ((text: string) => string) | undefined => {
    if (line.startsWith('+++ ') || line.startsWith('--- ')) return bold;
    if (line.startsWith('+')) return green;
    return line.startsWith('-') ? red : undefined;
  };
  return diff
    .split('\n')
    .map((line) => styleOf(line)?.(line) ?? line)
    .join('\n');
}

function count(plan: Plan): string {
  const nodes = new Set(plan.nodes.map(({ node }) => node)).size;
  if (plan.nodes.length > nodes) return `${plan.nodes.length} visits to ${nodes} nodes, in this order`;
  return nodes === 1 ? '1 node changes' : `${nodes} nodes change, in this order`;
}

/** What a visit is for, where it is not simply to change the node. */
const visit: Readonly<Record<VisitKind, string>> = {
  prepare: ' joins: made ready, does not elect yet',
  'stand-aside': ' stands aside: virtual router ids change',
  retire: ' stops electing, and still counts for the majority',
  change: '',
  'stand-by': ' stands by again',
  remove: ' leaves: everything of k8s-ha is taken away',
};
