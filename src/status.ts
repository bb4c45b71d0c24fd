// The part of the public door that one look at a cluster needs, in one bundle: `status` is read at three in the morning, and
// in prompts and cron jobs, where the time to load five hundred modules would be most of its time.
export { clusterStatus, statusOf } from './act/verbs/status.ts';
export { systemClock } from './core/clock.ts';
export { diagnoseStatus, type ClusterStatus } from './judge/status.ts';
export type { Diagnosis, Verdict } from './judge/diagnosis.ts';
export { createTurns, inTurn } from './act/reconcile/fleet.ts';
export { memberHostOnce, sshHostsOnce, workerHostsOnce } from './observe/hosts.ts';
export { haveBalancers, lookAtWorkers, withWorkers } from './up/workers.ts';
export { lookSoon } from './observe/once/soon.ts';
export { diagnosisText, shortText, verdictCodes, worstOf } from './report/diagnosis.ts';
export { findingsText } from './report/findings.ts';
export { fleetStatusText } from './report/fleet.ts';
export { statusText } from './report/status.ts';
export { wrap } from './report/wrap.ts';
