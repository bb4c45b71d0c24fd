import { Counter, Gauge, Registry } from 'prom-client';
import type { Watch } from '../watch/watch.ts';
import { clusterView } from '../watch/view.ts';
import { readReports } from '../reports/reports.ts';
import { predictionsOf } from './predictions.ts';

export interface MetricsOptions {
  readonly version: string;
  readonly watches: readonly Watch[];
  /** Folder of drill reports, for what the last drills measured. */
  readonly reports?: string | undefined;
}

export type Metrics = () => Promise<{ readonly type: string; readonly text: string }>;

type Rows = readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

function flag(value: boolean): number {
  return value ? 1 : 0;
}

/**
 * What Prometheus reads. Made for each scrape from the state of the watches, so that nothing of a node that stopped
 * answering is told any more: its series end, and `k8s_ha_node_answering` is 0.
 */
export function createMetrics({ version, watches, reports }: MetricsOptions): Metrics {
  return async () => {
    const registry = new Registry();
    const gauge = (name: string, help: string, labelNames: readonly string[], rows: Rows): void => {
      const metric = new Gauge({ name: `k8s_ha_${name}`, help, labelNames: [...labelNames], registers: [registry] });
      for (const { labels, value } of rows) if (Number.isFinite(value)) metric.set(labels, value);
    };
    const counter = (name: string, help: string, labelNames: readonly string[], rows: Rows): void => {
      const metric = new Counter({
        name: `k8s_ha_${name}_total`,
        help,
        labelNames: [...labelNames],
        registers: [registry],
      });
      // What a node says is not trusted: a counter below zero would cost everybody all metrics.
      for (const { labels, value } of rows) if (Number.isFinite(value) && value >= 0) metric.inc(labels, value);
    };
    const nowMs = Date.now();
    const each = watches.map((watch) => {
      const state = watch.state();
      return { watch, state, cluster: watch.spec.name, view: clusterView(watch.spec, state) };
    });
    const nodes = each.flatMap(({ cluster, state, view }) =>
      state.nodes.flatMap((watched, i) => {
        const shown = view.nodes[i];
        return shown ? [{ cluster, watched, shown, labels: { cluster, node: watched.node } }] : [];
      }),
    );
    const answering = nodes.flatMap((one) => (one.watched.now.answering ? [{ ...one, now: one.watched.now }] : []));

    gauge('build_info', 'The program that exports this; always 1.', ['version'], [{ labels: { version }, value: 1 }]);
    gauge(
      'node_answering',
      'Whether the node answers the watch over SSH.',
      ['cluster', 'node'],
      nodes.map(({ labels, watched }) => ({ labels, value: flag(watched.now.answering) })),
    );
    gauge(
      'node_observation_age_seconds',
      'Time since the node was last observed.',
      ['cluster', 'node'],
      nodes.map(({ labels, watched: { now } }) => ({
        labels,
        value: (nowMs - (now.answering ? now.atMs : now.sinceMs)) / 1000,
      })),
    );
    gauge(
      'node_clock_offset_seconds',
      "The node's clock minus this machine's.",
      ['cluster', 'node'],
      nodes.flatMap(({ labels, watched: { clock, now } }) =>
        clock && now.answering ? [{ labels, value: clock.offsetMs / 1000 }] : [],
      ),
    );
    gauge(
      'node_drained',
      'Whether the node is drained.',
      ['cluster', 'node'],
      answering.map(({ labels, shown }) => ({ labels, value: flag(shown.drained !== '') })),
    );

    const vips = each.flatMap(({ cluster, view }) => view.vips.map((vip) => ({ cluster, view, vip })));
    gauge(
      'vip_holders',
      'Nodes that hold the virtual address, of those that answer: more than 1 is split brain.',
      ['cluster', 'vip'],
      vips.map(({ cluster, vip }) => ({ labels: { cluster, vip: vip.address }, value: vip.holders.length })),
    );
    gauge(
      'vip_holder',
      'Whether the node holds the virtual address.',
      ['cluster', 'vip', 'node'],
      vips.flatMap(({ cluster, view, vip }) =>
        view.nodes
          .filter(({ unknown }) => !unknown)
          .map(({ name }) => ({
            labels: { cluster, vip: vip.address, node: name },
            value: flag(vip.holders.includes(name)),
          })),
      ),
    );
    gauge(
      'vip_holder_unknown',
      'Whether nobody is seen to hold the virtual address while a node does not answer.',
      ['cluster', 'vip'],
      vips.map(({ cluster, vip }) => ({ labels: { cluster, vip: vip.address }, value: flag(vip.text === 'unknown') })),
    );

    gauge(
      'gate_passed',
      'Whether the condition of a healthy cluster holds; absent while that is unknown.',
      ['cluster', 'gate'],
      each.flatMap(({ cluster, view }) =>
        view.gates
          .filter(({ unknown }) => !unknown)
          .map(({ sentence, error }) => ({ labels: { cluster, gate: sentence }, value: flag(error === undefined) })),
      ),
    );

    gauge(
      'keepalived_running',
      'Whether keepalived runs on the node.',
      ['cluster', 'node'],
      answering.map(({ labels, now }) => ({ labels, value: flag(now.sample.keepalived === 'running') })),
    );
    gauge(
      'keepalived_instance_state',
      'State of a VRRP instance: 1 for the state that it is in.',
      ['cluster', 'node', 'instance', 'state'],
      answering.flatMap(({ labels, shown }) =>
        shown.vrrp.flatMap(({ instance, state }) =>
          ['INIT', 'BACKUP', 'MASTER', 'FAULT'].map((word) => ({
            labels: { ...labels, instance, state: word },
            value: flag(word === state),
          })),
        ),
      ),
    );
    counter(
      'keepalived_transitions',
      'State changes of the VRRP instances of the node since this program watches.',
      ['cluster', 'node'],
      nodes.map(({ labels, watched }) => ({ labels, value: watched.transitions })),
    );

    gauge(
      'haproxy_running',
      'Whether HAProxy runs and answers on the node.',
      ['cluster', 'node'],
      answering.map(({ labels, now }) => ({ labels, value: flag(now.haproxy.known) })),
    );
    gauge(
      'haproxy_sessions',
      'Connections to the API that the HAProxy of the node has.',
      ['cluster', 'node'],
      answering.flatMap(({ labels, shown }) =>
        shown.sessions === undefined ? [] : [{ labels, value: shown.sessions }],
      ),
    );
    counter(
      'haproxy_connections',
      'Connections to the API that the HAProxy of the node has taken since it began.',
      ['cluster', 'node'],
      answering.flatMap(({ labels, now }) =>
        now.haproxy.known ? [{ labels, value: now.haproxy.value.totalSessions }] : [],
      ),
    );
    const servers = answering.flatMap(({ labels, shown }) =>
      shown.servers
        .filter(({ sessions }) => sessions !== undefined)
        .map((server) => ({ labels: { ...labels, server: server.server }, server })),
    );
    const serverLabels = ['cluster', 'node', 'server'];
    gauge(
      'haproxy_server_up',
      'Whether the HAProxy of the node finds the API server ready.',
      serverLabels,
      servers.map(({ labels, server }) => ({ labels, value: flag(server.text.startsWith('UP')) })),
    );
    gauge(
      'haproxy_server_sessions',
      'Connections from the HAProxy of the node to the API server.',
      serverLabels,
      servers.map(({ labels, server }) => ({ labels, value: server.sessions ?? 0 })),
    );
    gauge(
      'haproxy_server_check_duration_seconds',
      'How long the last health check took.',
      serverLabels,
      servers.flatMap(({ labels, server }) =>
        server.checkMs === undefined ? [] : [{ labels, value: server.checkMs / 1000 }],
      ),
    );

    const predicted = each.flatMap(({ watch, cluster }) =>
      predictionsOf(watch.spec).map((one) => ({ labels: { cluster, fault: one.fault }, value: one.upperMs / 1000 })),
    );
    gauge(
      'predicted_outage_upper_seconds',
      'Longest outage that is predicted for a fault.',
      ['cluster', 'fault'],
      predicted,
    );
    // Reports are newest first: the first of each fault of a cluster is its last drill.
    const drilled = (await readReports(reports)).flatMap(({ cluster, results }) =>
      results.map((result) => ({ ...result, labels: { cluster, fault: result.fault } })),
    );
    const drills = drilled.filter(
      ({ labels }, i) =>
        drilled.findIndex((one) => one.labels.cluster === labels.cluster && one.labels.fault === labels.fault) === i,
    );
    gauge(
      'last_drill_outage_seconds',
      'Outage that the last drill of the fault measured.',
      ['cluster', 'fault'],
      drills.map(({ labels, lostMs }) => ({ labels, value: lostMs / 1000 })),
    );
    gauge(
      'last_drill_timestamp_seconds',
      'When the last drill of the fault began.',
      ['cluster', 'fault'],
      drills.map(({ labels, atMs }) => ({ labels, value: atMs / 1000 })),
    );

    return { type: registry.contentType, text: await registry.metrics() };
  };
}
