import { addressOf } from '../address.ts';
import { sortedInstances } from '../election/election.ts';
import { instancesOf } from '../election/member.ts';
import { maxVips, temporaryServers } from '../endpoint.ts';
import { placeOf } from '../word.ts';
import type { Defect } from './defect.ts';

/** What the cluster file does not take over as it is, and what it assumes. */
export const endpointDefects: readonly Defect[] = [
  {
    id: 'import-other-instance',
    severity: 'info',
    title: "An instance that is not the API's",
    why: 'An ingress, a router or a name server has a VIP of its own, which is no endpoint of the API.',
    check: (setup) =>
      sortedInstances(setup).others.map(({ instance }) => ({
        message: `the instance ${instance.name.text} is not the API's and is not carried over`,
        suggestion: 'Keep it in a keepalived of its own, or write it into keepalived.extra.',
        position: placeOf(instance.name),
      })),
  },
  {
    id: 'import-doubtful-instance',
    severity: 'warning',
    title: 'A VIP that may be of another service',
    why: 'The only instances that there are carry the name of another service. Taking its address for the API would move it.',
    check: (setup) => {
      const { api, doubtful } = sortedInstances(setup);
      return doubtful
        ? api.map(({ instance }) => ({
            message: `${instance.name.text} reads like another service's: is ${
              instance.vips.map(({ value }) => value).join(', ') || 'its VIP'
            } the API's?`,
            reason: 'No other instance is there, so the cluster file takes this one.',
            suggestion: "Take the address out of endpoint.virtualIPs unless it is the API's.",
            position: placeOf(instance.name),
          }))
        : [];
    },
  },
  {
    id: 'import-vips-too-many',
    severity: 'error',
    title: 'More VIPs than a cluster file has',
    why: 'Nine VIPs are the limit; the others are left out of the cluster file.',
    check: (setup) => {
      const vips = sortedInstances(setup).api.flatMap(({ instance }) => instance.vips);
      const distinct = vips.filter(
        ({ value }, i) =>
          addressOf(value) !== undefined &&
          vips.findIndex((other) => addressOf(other.value) === addressOf(value)) === i,
      );
      return distinct.slice(maxVips).map(({ value, at }) => ({
        message: `the VIP ${value} is not in the cluster file: it has the first ${maxVips} of ${distinct.length}`,
        reason: 'An endpoint has at most nine VIPs.',
        suggestion: "Keep the API's VIPs only, and the others in a keepalived of their own.",
        position: placeOf(at),
      }));
    },
  },
  {
    id: 'import-vip-device',
    severity: 'info',
    title: 'A VIP on another interface than its instance',
    why: "k8s-ha puts a VIP on the node's interface.",
    check: (setup) =>
      sortedInstances(setup).api.flatMap(({ instance }) =>
        instance.vips.flatMap(({ value, device }) =>
          device && instance.interface && device.text !== instance.interface.value
            ? [
                {
                  message: `the VIP ${value} is put on ${device.text}; in the cluster file it is on the node's interface`,
                  suggestion: `Set the nodes' interface to ${device.text} if that is where clients come from.`,
                  position: placeOf(device),
                },
              ]
            : [],
        ),
      ),
  },
  {
    id: 'import-virtual-server',
    severity: 'warning',
    title: 'IPVS is the way to the API',
    why: 'A `virtual_server` spreads connections in the kernel, without HAProxy. k8s-ha replaces it: its checks see readiness, and it needs no IPVS.',
    check: ({ nodes }) =>
      nodes.flatMap(({ keepalived }) =>
        (keepalived?.virtualServers ?? []).map(({ at, address, port, servers }) => ({
          message: `virtual_server ${address}${port === undefined ? '' : ` ${port}`} with ${servers.length} real servers is not carried over`,
          reason: 'Its connections go through IPVS; the cluster file puts HAProxy in its place.',
          suggestion: 'Take it out of keepalived when k8s-ha serves the endpoint.',
          position: placeOf(at),
        })),
      ),
  },
  {
    id: 'import-temporary-server',
    severity: 'warning',
    title: 'A server that is there for the installation only',
    why: 'A bootstrap machine goes away: as a node of the cluster it would be dead from its first day.',
    check: (setup) =>
      temporaryServers(setup).map(({ name, host }) => ({
        message: `the server ${name.text} (${host}) reads like a temporary one: it is not a node of the cluster file`,
        suggestion: 'Name the nodes with --nodes NAME=ADDRESS,… if it is a control-plane node.',
        position: placeOf(name),
      })),
  },
  {
    id: 'import-interfaces-differ',
    severity: 'info',
    title: 'Nodes have different interfaces',
    why: 'Each node gets its own in the cluster file where its address is known, otherwise none.',
    check: (setup) => {
      const held = instancesOf(setup.nodes).flatMap(({ instance }) => instance.interface ?? []);
      const other = held.find(({ value }) => value !== held[0]?.value);
      return other
        ? [
            {
              message: `the instances are on different interfaces: ${[...new Set(held.map(({ value }) => value))].join(', ')}`,
              suggestion: 'Look at the interface of each node in the cluster file.',
              position: placeOf(other.at),
            },
          ]
        : [];
    },
  },
];
