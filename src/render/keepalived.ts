import {
  addressIn,
  priorityOf,
  tellsClients,
  type ClusterSpec,
  type NodeSpec,
  type VirtualIpSpec,
} from '../cluster/spec.ts';
import type { NodeFacts, Timers } from '../cluster/timers.ts';
import { atLeast, versionText } from '../core/version.ts';
import { asksForSupport, scriptOf, supportCommand, supportScripts } from './support.ts';
import { hmacLines } from './hmac.ts';
import { paths, yieldFile } from '../node/paths.ts';

/** Renders keepalived.conf of one node: one VRRP instance for each VIP. keepalived.conf(5); FACTS in docs/semantics.md. */
export function renderKeepalived(spec: ClusterSpec, node: NodeSpec, timers: Timers, facts: NodeFacts): string {
  return [
    header(spec, node, facts),
    globals(spec, node, timers, facts),
    trackFiles(spec),
    script(timers, facts),
    ...supportScripts(spec, timers),
    ...spec.endpoint.virtualIPs.map((vip) => instance(spec, node, vip, timers, facts)),
    spec.keepalived.extra.trim() === ''
      ? ''
      : `# keepalived.extra of the cluster file\n${spec.keepalived.extra.trimEnd()}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** keepalived takes seconds with decimals; two digits are VRRPv3's resolution of 10 ms. */
function seconds(ms: number): string {
  return ms % 1000 === 0 ? String(ms / 1000) : String(Number((ms / 1000).toFixed(3)));
}

function header(spec: ClusterSpec, node: NodeSpec, facts: NodeFacts): string {
  return `# ${spec.name}/${node.name}: rendered by k8s-ha for keepalived ${versionText(facts.keepalived)}. Changes by hand are shown by \`k8s-ha plan\` and replaced by \`k8s-ha apply\`.`;
}

function globals(spec: ClusterSpec, node: NodeSpec, timers: Timers, facts: NodeFacts): string {
  return [
    'global_defs {',
    `    router_id ${node.name}`,
    '    vrrp_version 3                      # version 2 rounds adverts to whole seconds',
    '    enable_script_security',
    '    script_user nobody',
    ...(timers.vrrp.startupDelayMs > 0
      ? [
          `    vrrp_startup_delay ${seconds(timers.vrrp.startupDelayMs)}               # hear the present holder before electing`,
        ]
      : []),
    '    vrrp_no_swap                        # real-time priority comes from the unit',
    ...(atLeast(facts.keepalived, [2, 2, 1])
      ? ['    max_auto_priority -1                # the priority above is fixed']
      : []),
    '    vrrp_garp_master_repeat 5',
    '    vrrp_garp_interval 0.002            # spread over 10 ms: a policer cannot eat them all',
    ...(spec.endpoint.virtualIPs.some(({ family }) => family === 'ipv6')
      ? [
          '    vrrp_gna_interval 0.002             # the same for neighbour advertisements (IPv6); the rest holds for both',
        ]
      : []),
    '    vrrp_garp_master_delay 1            # and a second burst',
    '    vrrp_garp_master_refresh 1          # after a split has healed, clients learn the holder within a second',
    '    vrrp_garp_master_refresh_repeat 1',
    '    vrrp_garp_lower_prio_repeat 1',
    '    vrrp_higher_prio_send_advert true',
    '}',
  ].join('\n');
}

function trackFile(name: string, file: string): string {
  return `track_file ${name} {\n    file ${file}\n    weight 0\n}`;
}

function trackFiles(spec: ClusterSpec): string {
  return [
    '# Levers: a content other than 0 puts the instance in FAULT at once (inotify). Missing = 0.',
    trackFile('drain', paths.drain),
    trackFile('haproxy_down', paths.haproxyDown),
    ...spec.endpoint.virtualIPs.map(({ instance, address }) => trackFile(`yield_${instance}`, yieldFile(address))),
  ].join('\n');
}

function script({ script: timers }: Timers, facts: NodeFacts): string {
  return [
    '# Catches a HAProxy that hangs, and a node that is cut off from the majority.',
    'vrrp_script haproxy_live {',
    `    script "${paths.checkScript}"`,
    `    interval ${seconds(timers.intervalMs)}${atLeast(facts.keepalived, [2, 3, 2]) ? '' : '                          # whole seconds before keepalived 2.3.2'}`,
    `    timeout ${seconds(timers.timeoutMs)}`,
    `    fall ${timers.fall}`,
    `    rise ${timers.rise}`,
    '    weight 0                            # FAULT, never a weight: weights do nothing under nopreempt',
    '    init_fail                           # no VIP before HAProxy has answered once',
    '}',
  ].join('\n');
}

function instance(spec: ClusterSpec, node: NodeSpec, vip: VirtualIpSpec, timers: Timers, facts: NodeFacts): string {
  const peers = spec.nodes.filter(({ name }) => name !== node.name);
  const bits = vip.family === 'ipv4' ? 32 : 128;
  return [
    `vrrp_instance ${vip.instance} {`,
    '    state BACKUP',
    ...(spec.failover.preempt
      ? []
      : ['    nopreempt                           # a returning node must not move the VIP']),
    `    interface ${facts.interface}`,
    `    virtual_router_id ${vip.virtualRouterId}`,
    `    priority ${priorityOf(spec, node, vip)}`,
    `    advert_int ${seconds(timers.vrrp.advertIntervalMs)}`,
    `    down_timer_adverts ${timers.vrrp.downTimerAdverts}`,
    ...(peers.length === 0
      ? []
      : unicast(
          ownAddress(node, vip),
          peers.map((peer) => ownAddress(peer, vip)),
          facts,
        )),
    ...(facts.hmac && peers.length > 0 ? hmacLines(facts.hmac) : []),
    '    virtual_ipaddress {',
    `        ${vip.address}/${bits} dev ${facts.interface}`,
    '    }',
    '    track_file {',
    '        drain',
    '        haproxy_down',
    `        yield_${vip.instance}`,
    '    }',
    '    track_script {',
    '        haproxy_live',
    ...(asksForSupport(spec) ? [`        ${scriptOf(vip)}`] : []),
    '    }',
    ...(tellsClients(spec)
      ? [
          `    notify_master "${paths.tellScript} ${vip.address}" root    # a raw socket needs root`,
          `    notify_backup "${paths.tellScript} ${vip.address} gone" root`,
          `    notify_fault "${paths.tellScript} ${vip.address} gone" root`,
        ]
      : []),
    ...(asksForSupport(spec) ? [`    notify "${supportCommand(vip)}" root`] : []),
    '}',
  ].join('\n');
}

/**
 * The address by which a node speaks of a VIP: one of the VIP's family.
 * @throws where it has none, which a rule refuses: a programmer's error
 */
function ownAddress(node: NodeSpec, vip: VirtualIpSpec): string {
  const address = addressIn(node, vip.family);
  if (address === undefined) throw new Error(`${node.name} has no ${vip.family} address for ${vip.address}`);
  return address;
}

function unicast(address: string, peers: readonly string[], facts: NodeFacts): string[] {
  return [
    `    unicast_src_ip ${address}`,
    '    track_src_ip                        # the node lost its address: FAULT',
    '    unicast_ttl 255',
    ...(atLeast(facts.keepalived, [2, 2, 5]) ? ['    unicast_fault_no_peer'] : []),
    '    check_unicast_src',
    '    unicast_peer {',
    ...peers.map((peer) => `        ${peer} min_ttl 255 max_ttl 255`),
    '    }',
  ];
}
