import * as z from 'zod';
import type { AddonsSeen, EtcdSeen, KubernetesSeen, LeaseSeen, ReadyzSeen } from '../../../cluster/kubernetes.ts';
import { errorText } from '../../../core/error.ts';
import { brief } from '../../../core/printable.ts';
import { snapshotTakenMs } from '../../../node/snapshot.ts';
import { known, mapObserved, unknown, type Observed } from '../../../core/observed.ts';
import { onDisk, served } from './certificates.ts';
import { answerMark, pathsAsked } from './script.ts';
import { unfinishedIn } from './unfinished.ts';

/** One of the answers of a curl that asked for several things. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Splits what one curl printed: each body, then a line with its HTTP status; 0 where there was no answer. */
export function answersOf(text: string): readonly Answer[] {
  const answers: Answer[] = [];
  let body: string[] = [];
  for (const line of text.split('\n')) {
    // Three digits, as curl writes it.
    const status = line.startsWith(answerMark)
      ? /^\d{3}$/.exec(line.slice(answerMark.length, answerMark.length + 4))
      : null;
    if (!status) body.push(line);
    else {
      answers.push({ status: Number(status[0]), body: body.join('\n').replace(/\n$/, '') });
      body = [];
    }
  }
  return answers;
}

/** Answer number `index` as JSON; what went wrong otherwise. */
function json<T>(answers: readonly Answer[], index: number, schema: z.ZodType<T>, complaint: string): Observed<T> {
  const answer = answers[index];
  if (!answer || answer.status === 0) return unknown(complaint);
  if (answer.status !== 200) return unknown(`the answer is ${answer.status}: ${messageOf(answer.body)}`);
  try {
    return known(schema.parse(JSON.parse(answer.body)));
  } catch (error) {
    return unknown(`cannot be read: ${brief(error instanceof z.ZodError ? z.prettifyError(error) : errorText(error))}`);
  }
}

function messageOf(body: string): string {
  const found = /"(?:message|error)":\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1];
  return brief(found ?? body.trim().split('\n', 1)[0] ?? '');
}

/** Names of checks that are shown: an API server has some seventy. */
const mostChecks = 200;

function readyz(answer: Answer | undefined, complaint: string): Observed<ReadyzSeen> {
  if (!answer || answer.status === 0) return unknown(complaint);
  if (answer.status !== 200 && answer.status !== 500) return unknown(`/readyz answers ${answer.status}`);
  const failing = [...answer.body.matchAll(/^\[-\](\S+)/gm)].slice(0, mostChecks).map(([, name = '']) => brief(name));
  return known({ ready: answer.status === 200, failing });
}

/** Numbers of 64 bits come as strings in etcd's JSON; what is 0 or empty is left out. */
const int64 = z
  .union([z.string().regex(/^-?\d{1,20}$/), z.int()])
  .default('0')
  .transform(String);

/** A word that is shown. */
const shown = z.string().transform(brief);

const serverVersion = z.object({ gitVersion: shown });

const etcdStatus = z.object({
  header: z.object({ member_id: int64 }),
  version: shown.default(''),
  dbSize: int64,
  dbSizeInUse: int64,
  leader: int64,
  raftTerm: int64,
  raftIndex: int64,
  errors: z.array(shown).default([]),
});

/** etcd works with seven; more are no cluster's. */
const mostMembers = 100;

/** etcd's list of its members, as its JSON gateway has it. */
export const etcdMembers = z
  .object({
    members: z
      .array(
        z.object({
          ID: int64,
          name: shown.default(''),
          peerURLs: z.array(shown).default([]),
          isLearner: z.boolean().default(false),
        }),
      )
      .max(mostMembers),
  })
  .transform(({ members }) =>
    members.map(({ ID, name, peerURLs, isLearner }) => ({ id: ID, name, peerUrls: peerURLs, learner: isLearner })),
  );

const etcdAlarms = z
  .object({
    alarms: z
      .array(z.object({ memberID: int64, alarm: shown.default('NONE') }))
      .max(mostMembers)
      .default([]),
  })
  .transform(({ alarms }) => alarms.map(({ memberID, alarm }) => ({ memberId: memberID, alarm })));

function etcd(answers: readonly Answer[], complaint: string): Observed<EtcdSeen> {
  const status = json(answers, 0, etcdStatus, complaint);
  const members = json(answers, 1, etcdMembers, complaint);
  const alarms = json(answers, 2, etcdAlarms, complaint);
  return mapObserved(status, (value) => ({
    version: value.version,
    memberId: value.header.member_id,
    leaderId: value.leader,
    raftTerm: Number(value.raftTerm),
    raftIndex: Number(value.raftIndex),
    databaseBytes: Number(value.dbSize),
    inUseBytes: Number(value.dbSizeInUse),
    errors: value.errors,
    members,
    alarms,
  }));
}

/** API servers announce themselves by leases too; those elect nobody. */
const identityLabel = 'apiserver.kubernetes.io/identity';

/** As many as are asked for. */
const mostLeases = 200;

const leaseList = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: shown, labels: z.record(z.string(), z.string()).default({}) }),
        spec: z
          .object({
            holderIdentity: shown.nullish(),
            renewTime: z.string().nullish(),
            acquireTime: z.string().nullish(),
            leaseDurationSeconds: z.number().nullish(),
            leaseTransitions: z.number().nullish(),
          })
          .default({}),
      }),
    )
    .max(mostLeases),
});

function leases(list: z.output<typeof leaseList>, nowMs: number): readonly LeaseSeen[] {
  return list.items
    .filter(({ metadata }) => metadata.labels[identityLabel] === undefined)
    .map(({ metadata, spec }) => {
      const renewed = Date.parse(spec.renewTime ?? '');
      const acquired = Date.parse(spec.acquireTime ?? '');
      return {
        name: metadata.name,
        holder: spec.holderIdentity ?? '',
        ageMs: Number.isNaN(renewed) ? unknown('it was never renewed') : known(Math.max(0, nowMs - renewed)),
        durationMs: (spec.leaseDurationSeconds ?? 0) * 1000,
        transitions: spec.leaseTransitions ?? 0,
        acquiredMs: Number.isNaN(acquired) ? undefined : acquired,
      };
    });
}

/** Whole seconds since the machine was started: at most some thousand years. */
const uptime = z.int().min(0).max(1e11);

/** What the add-on unit writes (render/addons.ts). */
const addonsFile = z.object({
  up: uptime,
  ok: z.boolean(),
  message: z.string().max(400).transform(brief),
  objects: z.int().min(0),
  corrections: z.int().min(0),
  correctedUp: uptime,
  corrected: z.string().max(400).transform(brief),
  appliedUp: uptime,
});

/** @param now the node's clocks: since 1970, and since it was started, by which the unit counts */
function addons(text: string, now: { readonly ms: number; readonly upMs: number }): Observed<AddonsSeen | undefined> {
  if (text.trim() === '') return known(undefined);
  if (Number.isNaN(now.upMs)) return unknown('the node does not say for how long it has been running');
  const since = (up: number): number => Math.max(0, now.upMs - up * 1000);
  try {
    const { up, ok, message, objects, corrections, correctedUp, corrected, appliedUp } = addonsFile.parse(
      JSON.parse(text),
    );
    return known({
      ageMs: since(up),
      ok,
      message,
      objects,
      corrections,
      notAppliedMs: since(appliedUp),
      ...(correctedUp > 0 && {
        lastCorrection: { at: new Date(now.ms - since(correctedUp)).toISOString(), objects: corrected },
      }),
    });
  } catch (error) {
    return unknown(
      `what the add-on unit wrote cannot be read: ${brief(error instanceof z.ZodError ? z.prettifyError(error) : errorText(error))}`,
    );
  }
}

/** Kubernetes was not asked about in this observation. */
export const notAsked: Observed<never> = unknown('not asked');

/**
 * Reads the sections of script.ts.
 * @param section a section's text with its exit code; undefined where the node sent none
 * @param startedMs the node's own clock when the observation began; that of these sections is better, where it was read
 */
export function parseKubernetes(
  section: (name: string) => { readonly rc: number; readonly text: string } | undefined,
  startedMs: number,
): Observed<KubernetesSeen> {
  const api = section('k8s-api');
  if (!api) return notAsked;
  const clock = Number(section('k8s-clock')?.text.trim() || Number.NaN);
  const nowMs = Number.isFinite(clock) ? clock : startedMs;
  const complaintOf = (name: string): string =>
    section(name)
      ?.text.split('\n')
      .find((line) => line.startsWith('curl: '))
      ?.slice(0, 500)
      .replace(/^curl: \(\d+\) /, '') ?? 'no answer';
  const asked = answersOf(api.text);
  const complaint = complaintOf('k8s-api');
  const etcdAnswers = answersOf(section('k8s-etcd')?.text ?? '');
  return known({
    version: mapObserved(json(asked, 0, serverVersion, complaint), (value) => value.gitVersion),
    readyz: readyz(asked[1], complaint),
    served: served(asked[pathsAsked.length]?.body ?? '', nowMs),
    certificates: onDisk(section('k8s-certificates')?.text ?? '', nowMs),
    etcd: etcd(etcdAnswers, complaintOf('k8s-etcd')),
    leases: mapObserved(json(asked, 2, leaseList, complaint), (list) => leases(list, nowMs)),
    unfinished: unfinishedIn(section('k8s-unfinished')?.text ?? ''),
    snapshotAgeMs: ageOf(snapshotTakenMs(section('k8s-snapshot')?.text ?? ''), nowMs),
    addons: addons(section('k8s-addons')?.text ?? '', {
      ms: nowMs,
      upMs: Number(/^\d{1,12}\.\d\d /.exec(section('k8s-uptime')?.text ?? '')?.[0] ?? Number.NaN) * 1000,
    }),
  });
}

function ageOf(takenMs: number | undefined, nowMs: number): number | undefined {
  return takenMs === undefined ? undefined : Math.max(0, nowMs - takenMs);
}
