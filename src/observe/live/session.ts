import type { ClusterSpec } from '../../cluster/spec.ts';
import type { CommandResult } from '../../core/command.ts';
import { formatMs } from '../../core/duration.ts';
import type { Stream, StreamingHost } from '../../host/stream.ts';
import { createDecoder, type Decoder } from './decode.ts';
import { silentAfterMs, type Observation } from './model.ts';
import { asks, watchCommand } from './script.ts';

/** The watch of one node: a command that runs there, is asked, and is started again whenever it ends. */
export interface Session {
  /** Asks now. */
  ask(): void;
  /** An entry's time does not fit: the node's clock may have been set, and a change of state may have been missed. */
  doubt(): void;
  /** Begins anew where it was, after this machine's clock was set: times of before mean nothing any more. */
  again(): void;
  /** Called several times a second: asks when a second has passed, and judges the silence. */
  tick(nowMs: number, options: { readonly stoodStill: boolean }): void;
  close(): Promise<void>;
}

const askEveryMs = 1000;
const clockEveryMs = 30_000;

/** At the beginning the clock is asked with each question: the quickest answer tells it best. */
const clockFirst = 4;

/** Entries of the past do not fit either: they are read when a session begins. */
const doubtEveryMs = 2000;

/** keepalived's own dump corrects what its journal told; it logs a line each time, so it is taken seldom. */
const instancesEveryMs = 600_000;
const instancesAgainMs = 2000;

/** A connection that is silent for this long is given up, and opened again. */
const giveUpMs = 5000;
const longestPauseMs = 4000;

/** As many entries as the journal is asked for. */
const mostWaiting = 5000;

interface Running {
  readonly stream: Stream | undefined;
  readonly decoder: Decoder;
  readonly beganMs: number;
  askedMs: number;
  asks: number;
  clockAskedMs: number;
  instancesAskedMs: number;
  silent: boolean;
  answered: boolean;
}

/** Keeps a node under watch until it is closed. Observations come in the order in which they were made. */
export function openSession(
  spec: ClusterSpec,
  host: StreamingHost,
  sinceMs: number,
  observe: (observation: Observation) => void,
): Session {
  const node = host.name;
  let sequence = 0;
  let closed = false;
  let current: Running | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  let pauseMs = 250;
  let logSinceMs = sinceMs;
  let clockKnown = false;
  let waiting: Observation[] = [];

  const received = (running: Running, observation: Observation): void => {
    if (observation.kind === 'sample') {
      running.answered = true;
      running.silent = false;
      pauseMs = 250;
      if (observation.sample.keepalived === 'running') askInstances(running, observation.atMs);
      // keepalived is another one now, or none: its state must be asked for again.
      else running.instancesAskedMs = 0;
    }
    if (observation.kind === 'instances' && !observation.instances.known)
      running.instancesAskedMs = observation.atMs - instancesEveryMs + instancesAgainMs;
    if (observation.kind === 'log') {
      logSinceMs = Math.max(logSinceMs, observation.entry.nodeMs);
      if (observation.entry.reloaded) running.stream?.write(asks.reconnect);
      // An entry cannot be placed in time before the node's clock is known.
      if (!clockKnown) {
        if (waiting.length < mostWaiting) waiting.push(observation);
        return;
      }
    }
    observe(observation);
    if (observation.kind === 'clock' && !clockKnown) {
      clockKnown = true;
      for (const held of waiting) observe(held);
      waiting = [];
    }
  };

  const askInstances = (running: Running, nowMs: number): void => {
    if (nowMs - running.instancesAskedMs < instancesEveryMs) return;
    running.instancesAskedMs = nowMs;
    running.stream?.write(asks.instances);
  };

  const askOf = (running: Running): void => {
    if (!running.stream) return;
    const nowMs = Date.now();
    running.askedMs = nowMs;
    running.decoder.asked(++sequence, nowMs);
    running.stream.write(asks.tick(sequence));
    if (running.asks++ < clockFirst || nowMs - running.clockAskedMs >= clockEveryMs) askClock(running, nowMs);
  };

  const askClock = (running: Running, nowMs: number): void => {
    running.clockAskedMs = nowMs;
    running.decoder.askedClock(nowMs);
    running.stream?.write(asks.clock);
  };

  const begin = async (): Promise<void> => {
    const decoder = createDecoder(node);
    const began = {
      decoder,
      beganMs: Date.now(),
      askedMs: 0,
      asks: 0,
      clockAskedMs: 0,
      instancesAskedMs: 0,
      silent: false,
      answered: false,
    };
    let running: Running = { ...began, stream: undefined };
    current = running;
    const stream = await host.open(watchCommand(spec, logSinceMs), (line) => {
      const observation = decoder.line(line, Date.now());
      if (observation && current === running && !closed) received(running, observation);
    });
    if (closed || current !== running) return stream.close();
    running = { ...running, stream };
    current = running;
    askOf(running);
    const result = await stream.ended;
    if (current === running) lost(result);
  };

  /** The session has ended: say why, wait a little, start again. */
  const lost = (result: CommandResult): void => {
    current = undefined;
    if (closed) return;
    observe({ kind: 'lost', node, atMs: Date.now(), reason: reasonOf(result) });
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    setTimeout(() => {
      if (!closed && !current) ended = begin();
    }, pauseMs).unref();
  };

  /** The connection is dead but nobody has said so: leave it behind. */
  const giveUp = (running: Running): void => {
    current = undefined;
    running.stream?.close();
    void host.close().finally(() => {
      if (!closed && !current) ended = begin();
    });
  };

  ended = begin();

  return {
    ask: () => {
      if (current) askOf(current);
    },
    doubt: () => {
      const nowMs = Date.now();
      if (!current || nowMs - current.clockAskedMs < doubtEveryMs) return;
      askClock(current, nowMs);
      current.instancesAskedMs = 0;
    },
    again: () => {
      clockKnown = false;
      waiting = [];
      if (current) giveUp(current);
    },
    tick: (nowMs, { stoodStill }) => {
      const running = current;
      if (!running) return;
      const since = running.decoder.waitingSinceMs();
      if (running.stream && nowMs - running.askedMs >= askEveryMs) askOf(running);
      if (stoodStill) return;
      if (since !== undefined && nowMs - since > silentAfterMs && running.answered && !running.silent) {
        running.silent = true;
        observe({ kind: 'lost', node, atMs: nowMs, reason: `${node} has not answered for ${formatMs(nowMs - since)}` });
      }
      if (since !== undefined && nowMs - since > giveUpMs) giveUp(running);
    },
    close: async () => {
      closed = true;
      if (current?.stream) current.stream.close();
      else void host.close();
      current = undefined;
      await ended;
    },
  };
}

function reasonOf({ failure, stderr, rc }: CommandResult): string {
  return failure?.message ?? (stderr.trim().split('\n').at(-1) || `the watch on the node ended with ${rc}`);
}
