import type { DrillIntent, FaultAct } from '../../../src/node/intent/drill.ts';
import { paths } from '../../../src/node/paths.ts';
import { guardExit } from '../../../src/node/lock.ts';
import { etcdRuns, forget, leads, type Due, type Program } from './machine.ts';
import { contentOf, loadedShape, powerOff, powerOn, reload, start, stop, vipsOn, write, type SimNode } from './node.ts';
import { refused, type Ending } from './steps.ts';

const done: Ending = { rc: 0 };

/** systemd's RestartSec of our units, and as long as kubelet takes; a machine's boot. */
const restartMs: Readonly<Record<Program, number>> = { haproxy: 200, keepalived: 1000, 'api-server': 1000, etcd: 1000 };
const endMs = 8000;
const watchedMs = 1800;
const shutdownMs = 200;
/** Longer than a drill of it is watched. */
const lateMs = 8000;
const bootMs = 4000;

interface Moment {
  readonly nowMs: number;
  readonly epochMs: number;
}

/** Does to a simulated node what a drill's shell does to a real one. */
export function carryOutDrill(
  node: SimNode,
  nodes: readonly SimNode[],
  intent: DrillIntent,
  { nowMs, epochMs }: Moment,
): Ending {
  switch (intent.kind) {
    case 'ask-fault':
      return done;
    case 'locate-fault': {
      const role = leads(node, nodes) ? 'leader' : 'follower';
      return etcdRuns(node) && (intent.etcd === 'member' || intent.etcd === role) ? done : refused('');
    }
    case 'break':
      if (!contentOf(node, paths.lock).includes(`"token":"${intent.token}"`))
        return refused('the lock on the node is no longer ours', guardExit.lockLost);
      disarm(node, intent.fault);
      later(node, nowMs + intent.healAfterMs, { by: 'timer', fault: intent.fault, does: intent.heals });
      return carryOutAll(node, intent.does, nowMs);
    case 'heal': {
      const ending = carryOutAll(node, intent.does, nowMs);
      if (ending.rc === 0) disarm(node, intent.fault);
      return ending;
    }
    case 'record': {
      const held = vipsOn(node).has(intent.vip);
      const wallMs = epochMs + node.machine.aheadMs;
      const lines = [journalLine('k8s-ha-begin', wallMs, nowMs)];
      node.machine.record = { vip: intent.vip, untilMs: nowMs + intent.seconds * 1000, held, lines };
      return { rc: 0, stdout: `${wallMs / 1000} ${'0'.repeat(32)} ${held ? 'held' : 'free'}` };
    }
    case 'end-record': {
      const { record } = node.machine;
      if (record) node.machine.record = { ...record, untilMs: Math.min(record.untilMs, nowMs) };
      return { rc: 0, stdout: [(epochMs + node.machine.aheadMs) / 1000, ...(record?.lines ?? [])].join('\n') };
    }
    default:
      return { rc: 0, stdout: contentOf(node, intent.path) };
  }
}

function later(node: SimNode, atMs: number, what: Due['what']): void {
  node.machine.due = [...node.machine.due, { atMs, what }];
}

const everyProgram: readonly Program[] = ['haproxy', 'keepalived', 'api-server', 'etcd'];

/** A machine that stood still goes on where it was. */
function goOn({ machine }: SimNode): void {
  if (!machine.due.some(({ what }) => what.by === 'end-of-pause') && machine.hung.size < everyProgram.length) return;
  machine.due = machine.due.filter(({ what }) => what.by !== 'end-of-pause');
  for (const program of everyProgram) machine.hung.delete(program);
  machine.linkDown = false;
}

function disarm({ machine }: SimNode, fault: string): void {
  machine.due = machine.due.filter(({ what }) => what.by !== 'timer' || what.fault !== fault);
}

/** What systemd and kubelet do by themselves until now. */
export function passTime(node: SimNode, nowMs: number): void {
  const { machine } = node;
  for (const due of machine.due.filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs)) {
    const { what } = due;
    // What came before may have ended it.
    if (!machine.due.includes(due)) continue;
    machine.due = machine.due.filter((one) => one !== due);
    if (what.by === 'timer') carryOutAll(node, what.does, nowMs);
    else if (what.by === 'boot') powerOn(node, nowMs);
    else if (what.by === 'shutdown') {
      powerOff(node);
      boot(node, nowMs);
    } else if (what.by === 'end-of-pause') goOn(node);
    else if (what.by === 'clock') machine.aheadMs = what.aheadMs;
    else if (what.by === 'restart') startAgain(node, what.program, nowMs);
    else kill(node, what.program, nowMs);
  }
}

/** Power comes back: the machine boots. */
export function boot(node: SimNode, nowMs: number): void {
  later(node, nowMs + bootMs, { by: 'boot' });
}

/** What `ip monitor` writes down once it is clear who holds the VIP at this moment. */
export function writeRecord(node: SimNode, { nowMs, epochMs }: Moment): void {
  const { record } = node.machine;
  if (!record || nowMs > record.untilMs || vipsOn(node).has(record.vip) === record.held) return;
  const wallMs = epochMs + node.machine.aheadMs;
  const time = new Date(wallMs).toISOString().replace('Z', '000');
  const text = `[${time}] ${record.held ? 'Deleted ' : ''}2: eth0    inet ${record.vip}/32 scope global eth0\\`;
  node.machine.record = { ...record, held: !record.held, lines: [...record.lines, journalLine(text, wallMs, nowMs)] };
}

function journalLine(text: string, wallMs: number, nowMs: number): string {
  return JSON.stringify({
    __REALTIME_TIMESTAMP: String(Math.round(wallMs * 1000)),
    __MONOTONIC_TIMESTAMP: String(Math.round(nowMs * 1000)),
    MESSAGE: text,
  });
}

function startAgain(node: SimNode, program: Program, nowMs: number): void {
  const { apiServer, etcd } = node.machine;
  if (program === 'api-server') Object.assign(apiServer, { state: 'serves', pid: apiServer.pid + 1 });
  else if (program === 'etcd') Object.assign(etcd, { state: 'serves', pid: etcd.pid + 1 });
  else start(node, program, nowMs);
}

/** Dead at once; whatever supervises it starts it again. */
function kill(node: SimNode, program: Program, nowMs: number): void {
  if (program === 'haproxy' || program === 'keepalived') {
    if (!node.services[program].active) return;
    stop(node, program);
  } else {
    forget(node.machine, program);
    processOf(node, program).state = 'dead';
  }
  later(node, nowMs + restartMs[program], { by: 'restart', program });
}

function processOf({ machine }: SimNode, program: 'api-server' | 'etcd') {
  return program === 'etcd' ? machine.etcd : machine.apiServer;
}

function carryOutAll(node: SimNode, acts: readonly FaultAct[], nowMs: number): Ending {
  for (const act of acts) if (!carryOut(node, act, nowMs)) return refused(`${act.act} failed`);
  return done;
}

function carryOut(node: SimNode, act: FaultAct, nowMs: number): boolean {
  const { machine } = node;
  switch (act.act) {
    case 'unit':
      if (act.verb === 'stop') stop(node, act.service);
      else if (act.verb === 'reload') return reload(node, act.service, nowMs);
      else if (!node.services[act.service].active) return start(node, act.service, nowMs);
      return true;
    case 'signal':
      if (act.signal === 'KILL') kill(node, act.service, nowMs);
      else if (act.signal === 'CONT') forget(machine, act.service);
      else hang(node, act.service, nowMs);
      return true;
    case 'signal-listener':
      return signalListener(node, act, nowMs);
    case 'signal-kept':
      signalKept(node, act, nowMs);
      return true;
    case 'firewall':
      machine.drops = act.drops;
      return true;
    case 'link':
      if (!act.up) for (const file of act.files) write(node, file, '\n');
      else if (act.files.every((file) => !node.files.has(file))) return true;
      else for (const file of act.files) node.files.delete(file);
      machine.linkDown = !act.up;
      return true;
    case 'lever':
      write(node, act.lever, `${act.text}\n`);
      return true;
    case 'let-go':
      if (contentOf(node, act.lever) === `${act.text}\n`) write(node, act.lever, '0\n');
      return true;
    case 'server-ready':
      node.drainedServers.delete(act.server);
      node.uncheckedServers.delete(act.server);
      return true;
    case 'delete-address':
      giveUp(node, act.address, nowMs);
      return true;
    case 'fill':
      machine.full = act.full;
      return true;
    case 'burden': {
      const { burdens } = machine;
      machine.burdens = new Set(act.on ? [...burdens, act.what] : [...burdens].filter((what) => what !== act.what));
      return true;
    }
    case 'clock':
      machine.due = machine.due.filter(({ what }) => what.by !== 'clock');
      machine.aheadMs = 0;
      for (const { afterMs, aheadMs } of act.steps)
        if (afterMs === 0) machine.aheadMs = aheadMs;
        else later(node, nowMs + afterMs, { by: 'clock', aheadMs });
      return true;
    case 'pause':
      for (const program of everyProgram) machine.hung.set(program, nowMs);
      machine.linkDown = true;
      later(node, nowMs + act.forMs, { by: 'end-of-pause' });
      return true;
    case 'go-on':
      goOn(node);
      return true;
    default:
      // Something is slow to end, and until then all goes on.
      if (node.faults.has('ends-late')) {
        later(node, nowMs + lateMs, { by: 'shutdown' });
        return true;
      }
      stop(node, 'keepalived');
      later(node, nowMs + shutdownMs, { by: 'shutdown' });
      return true;
  }
}

/** keepalived that hangs is ended by who looks at it, or by its watchdog, which it feeds no more. */
function hang(node: SimNode, service: 'haproxy' | 'keepalived', nowMs: number): void {
  if (!node.services[service].active) return;
  node.machine.hung.set(service, nowMs);
  if (service !== 'keepalived') return;
  const unit = contentOf(node, paths.keepalivedUnit);
  const watchdogS = /WatchdogSec=([\d.]+)/.exec(unit)?.[1];
  const endedMs = unit.includes(paths.watchScript) ? watchedMs : Number(watchdogS ?? Infinity) * 1000;
  if (Number.isFinite(endedMs)) later(node, nowMs + endedMs, { by: 'watchdog', program: service });
}

const listeners: ReadonlyMap<number, 'api-server' | 'etcd'> = new Map([
  [6443, 'api-server'],
  [2380, 'etcd'],
]);

function signalListener(
  node: SimNode,
  { port, signal, file }: Extract<FaultAct, { act: 'signal-listener' }>,
  nowMs: number,
): boolean {
  const program = listeners.get(port);
  if (!program || processOf(node, program).state === 'dead') return false;
  if (file !== undefined) write(node, file, `${program} ${processOf(node, program).pid}\n`);
  if (signal === 'KILL') kill(node, program, nowMs);
  else if (signal === 'STOP') node.machine.hung.set(program, nowMs);
  else {
    node.machine.apiServer.state = 'ends';
    later(node, nowMs + endMs, { by: 'end', program });
  }
  return true;
}

function signalKept(node: SimNode, { file, signal }: Extract<FaultAct, { act: 'signal-kept' }>, nowMs: number): void {
  const [name, pid] = contentOf(node, file).trim().split(' ');
  const program = name === 'etcd' ? 'etcd' : 'api-server';
  if (!node.files.delete(file) || processOf(node, program).pid !== Number(pid)) return;
  if (signal === 'KILL') kill(node, program, nowMs);
  else forget(node.machine, program);
}

/** keepalived sees by netlink that its address is gone, and lets another node take over. */
function giveUp(node: SimNode, address: string, nowMs: number): void {
  const name = loadedShape(node)?.instances.find((instance) => instance.address === address)?.name;
  node.vips.delete(address);
  if (name !== undefined) node.instances.set(name, { state: 'BACKUP', heardMs: nowMs + 1000 });
}
