import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';
import type { Finding, FindingId } from '../core/finding.ts';
import type { HandedOver } from '../judge/ports.ts';
import { summaryOf } from './foreign/index.ts';
import type { ForeignNode, ForeignSeen } from './look.ts';
import { of, type NodeView } from './model.ts';
import { holdsByOurs, oldHaproxy, oldKeepalived, runs, standsBeside } from './view.ts';

function error(rule: FindingId, node: string, message: string, reason: string, suggestion: string): Finding {
  return {
    rule,
    severity: 'error',
    node,
    message,
    reason,
    suggestion,
  };
}

/** Nodes whose present set-up could not be read. */
export function unread(seen: readonly ForeignSeen[]): readonly Finding[] {
  return seen.flatMap(({ node, foreign }) =>
    foreign.known
      ? []
      : [
          error(
            'migrate-unknown',
            node,
            `what else runs on it is unknown: ${foreign.reason}`,
            'A keepalived that is not seen could hold a VIP beside ours.',
            'Fix the node, then run it again.',
          ),
        ],
  );
}

/** What stands in the way of a migration to ours, and what it leaves alone. */
export function obstacles(spec: ClusterSpec, state: ClusterState, views: readonly NodeView[]): readonly Finding[] {
  return views.flatMap((view) => [
    ...strays(view.node, view.foreign),
    ...sharedPods(view.node, view.foreign),
    ...unitContainers(view.node, view.foreign),
    ...otherAddresses(spec, view),
    ...otherFrontends(spec, view),
    ...unknownHolder(spec, state, view),
  ]);
}

function strays(node: string, { strays: found }: ForeignNode): readonly Finding[] {
  return found.map(({ program, pid, cgroup }) =>
    error(
      'migrate-stray-process',
      node,
      `${program} runs (process ${pid}, in ${cgroup || 'no control group'}), and neither systemd, docker, podman nor the kubelet is known to run it`,
      'It could not be stopped for good, nor started again.',
      'Run it as a unit of systemd, or stop it, then run this again.',
    ),
  );
}

function sharedPods(node: string, { found }: ForeignNode): readonly Finding[] {
  return found
    .filter(({ programs }) => programs.length > 1)
    .map((former) =>
      error(
        'migrate-one-pod',
        node,
        `${summaryOf(former)} runs keepalived and HAProxy in one pod`,
        'They are stopped one after the other, and a pod ends as a whole.',
        'Give each a manifest of its own first.',
      ),
    );
}

function unitContainers(node: string, { found }: ForeignNode): readonly Finding[] {
  return found.flatMap((former) =>
    former.unit === undefined
      ? []
      : [
          error(
            'migrate-unit-runs-container',
            node,
            `${summaryOf(former)} is run by ${former.unit}`,
            'Stopping the container would end the unit, which starts it again.',
            `Run it without the unit (\`${former.runner} run --detach --restart=always\`) while you move, then run this again.`,
          ),
        ],
  );
}

function otherAddresses(spec: ClusterSpec, view: NodeView): readonly Finding[] {
  const former = oldKeepalived(view);
  if (!runs(former)) return [];
  const ours = new Set(spec.endpoint.virtualIPs.map(({ address }) => address));
  const others = view.foreign.floats.filter((address) => !ours.has(address));
  return others.length === 0
    ? []
    : [
        error(
          'migrate-other-vips',
          view.node,
          `${former.map(summaryOf).join(', ')} also floats ${others.join(', ')}`,
          'It is stopped, and these addresses would be gone.',
          'Name them under endpoint.virtualIPs, give them a keepalived of their own, or write their instances into keepalived.extra and take them out of the former one.',
        ),
      ];
}

function otherFrontends(spec: ClusterSpec, view: NodeView): readonly Finding[] {
  const { port } = spec.endpoint;
  const { ports, frontends, found } = view.foreign;
  return found.filter(of('haproxy')).flatMap((former): Finding[] => {
    const mine = ports.filter(({ by }) => by === former.id).map((one) => one.port);
    if (mine.length === 0) return [];
    if (!mine.includes(port))
      return [
        {
          rule: 'migrate-haproxy-stays',
          severity: 'info',
          node: view.node,
          message: `${summaryOf(former)} serves ${mine.join(', ')} and not ${port}: it goes on as it is`,
        },
      ];
    const others = mine.filter((one) => one !== port);
    const told = others.map((one) => ({ port: one, at: frontends.find((frontend) => frontend.port === one) }));
    const serving = told.filter(({ at }) => at?.onlyTells !== true);
    if (serving.length === 0)
      return others.map((one) => ({
        rule: 'migrate-page-ends',
        severity: 'info',
        node: view.node,
        message: `the page of ${summaryOf(former)} on port ${one} ends with it; k8s-ha has its own (status, exporter)`,
      }));
    return [
      error(
        'migrate-haproxy-shared',
        view.node,
        `${summaryOf(former)} serves the API on ${port}, and also ${serving.map(({ port: other, at }) => `${at ? `"${at.name}" on ` : 'port '}${other}`).join(', ')}`,
        'Two programs cannot serve one port for long, and stopping it would stop these as well.',
        `Take the frontend with port ${port} into a haproxy.cfg and a service of its own, or the others, then run this again.`,
      ),
    ];
  });
}

function unknownHolder(spec: ClusterSpec, state: ClusterState, view: NodeView): readonly Finding[] {
  const vips = spec.endpoint.virtualIPs.filter(({ address }) => holdersOf(state, address).includes(view.node));
  if (vips.length === 0 || runs(oldKeepalived(view)) || holdsByOurs(view) || standsBeside(spec, view)) return [];
  return [
    error(
      'migrate-unknown-holder',
      view.node,
      `it holds ${vips.map(({ address }) => address).join(', ')}, and no keepalived that runs there is known`,
      'An address that something else put there would stay beside the holder.',
      'Take it off, or stop what puts it there (kube-vip, a script), then run `k8s-ha apply`.',
    ),
  ];
}

/** The endpoint's port where the former HAProxy has it: no obstacle. */
export function handsOver(spec: ClusterSpec, views: readonly NodeView[]): HandedOver {
  return (node, { port, program }) => {
    const view = views.find((one) => one.node === node);
    return (
      program === 'haproxy' && port === spec.endpoint.port && view !== undefined && oldHaproxy(spec, view).length > 0
    );
  };
}
