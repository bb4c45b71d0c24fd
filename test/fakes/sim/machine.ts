import type { SimKubeadm } from './kubeadm.ts';
import { copyOfVersion, type SimVersion } from './version.ts';
import type { Burden, Dropped, FaultAct } from '../../../src/node/intent/drill.ts';

/** What programs and the network of a simulated machine do beside our services, and what systemd and kubelet will do by themselves. */
export interface SimMachine {
  /** Programs that hang, and since when. */
  readonly hung: Map<Program, number>;
  /** `ends`: it was told to end, serves on, and is not ready. A new process has another id. */
  readonly apiServer: { state: 'serves' | 'ends' | 'dead'; pid: number };
  readonly etcd: { state: 'serves' | 'dead'; pid: number };
  /** What a drill's firewall drops. */
  drops: Dropped | undefined;
  linkDown: boolean;
  /** HAProxy takes no new connection. */
  full: boolean;
  burdens: ReadonlySet<Burden>;
  /** The wall clock minus the right time, in milliseconds. */
  aheadMs: number;
  /** Address changes of one VIP, as `ip monitor` prints them, until it ends. */
  record:
    { readonly vip: string; readonly untilMs: number; held: boolean; readonly lines: readonly string[] } | undefined;
  due: readonly Due[];
  /** What kubeadm makes of it; absent where the cluster is there from the start. */
  kubeadm?: SimKubeadm;
  /** Kubernetes by its versions, where it is upgraded. */
  version?: SimVersion;
}

export type Program = 'haproxy' | 'keepalived' | 'api-server' | 'etcd';

/** What happens by itself, and when. Without power only `boot` does. */
export interface Due {
  readonly atMs: number;
  readonly what:
    | { readonly by: 'timer'; readonly fault: string; readonly does: readonly FaultAct[] }
    | { readonly by: 'restart'; readonly program: Program }
    | { readonly by: 'watchdog' | 'end'; readonly program: Program }
    | { readonly by: 'shutdown' }
    | { readonly by: 'end-of-pause' }
    | { readonly by: 'clock'; readonly aheadMs: number }
    | { readonly by: 'boot' };
}

export function simMachine(): SimMachine {
  return {
    hung: new Map(),
    apiServer: { state: 'serves', pid: 100 },
    etcd: { state: 'serves', pid: 200 },
    drops: undefined,
    linkDown: false,
    full: false,
    burdens: new Set(),
    aheadMs: 0,
    record: undefined,
    due: [],
  };
}

export function copyOfMachine(machine: SimMachine): SimMachine {
  return {
    ...machine,
    hung: new Map(machine.hung),
    apiServer: { ...machine.apiServer },
    etcd: { ...machine.etcd },
    record: machine.record && { ...machine.record },
    ...(machine.kubeadm && { kubeadm: { ...machine.kubeadm } }),
    ...(machine.version && { version: copyOfVersion(machine.version) }),
  };
}

/** The power goes: nothing runs, and nothing is remembered that is not on a disk. */
export function loseMachine(machine: SimMachine): void {
  const { apiServer, etcd } = machine;
  Object.assign(machine, {
    apiServer: { state: 'dead', pid: apiServer.pid + 1 },
    etcd: { state: 'dead', pid: etcd.pid + 1 },
    drops: undefined,
    linkDown: false,
    full: false,
    burdens: new Set(),
    aheadMs: 0,
    record: undefined,
    due: [],
  });
  machine.hung.clear();
}

export function bootMachine({ apiServer, etcd }: SimMachine): void {
  apiServer.state = 'serves';
  etcd.state = 'serves';
}

/** What systemd does no more for a program that was started or stopped. */
export function forget(machine: SimMachine, program: Program): void {
  machine.hung.delete(program);
  machine.due = machine.due.filter(({ what }) => !('program' in what && what.program === program));
}

interface Networked {
  readonly name: string;
  readonly address: string;
  readonly machine: SimMachine;
}

/** No packet gets from one node to another. */
export function severed(from: Networked, to: Networked): boolean {
  const { drops: out } = from.machine;
  const { drops: into } = to.machine;
  return from.machine.linkDown || to.machine.linkDown || drops(out?.to, to.address) || drops(into?.from, from.address);
}

function drops(addresses: Dropped['to'] | undefined, address: string): boolean {
  return addresses === 'everybody' || addresses?.includes(address) === true;
}

/** Clients reach the node: a drill's firewall that drops everybody's packets lets ssh through alone. */
export function clientsReach({ linkDown, drops: rules }: SimMachine): boolean {
  return !linkDown && rules?.from !== 'everybody';
}

interface Member {
  readonly up: boolean;
  readonly machine: SimMachine;
}

export function etcdRuns({ up, machine }: Member): boolean {
  return up && machine.etcd.state === 'serves' && !machine.hung.has('etcd');
}

/** The first member that runs leads, where they are a majority. */
export function leads(node: Member, nodes: readonly Member[]): boolean {
  return quorum(nodes) && nodes.find(etcdRuns) === node;
}

function quorum(nodes: readonly Member[]): boolean {
  return nodes.filter(etcdRuns).length > nodes.length / 2;
}

/** Its /readyz is answered with 200: it serves, and so does its etcd. */
export function apiServerReady(node: Member, nodes: readonly Member[]): boolean {
  const { apiServer, hung } = node.machine;
  return apiServer.state === 'serves' && !hung.has('api-server') && etcdRuns(node) && quorum(nodes);
}
