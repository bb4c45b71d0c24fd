// The library's public door, and the only one that the command line uses.
export type { Outcome } from './act/outcome.ts';
export { planCluster } from './act/plan-cluster.ts';
export { apply, type ApplyOptions } from './act/verbs/apply.ts';
export { keep } from './act/reconcile/keep.ts';
export { remove } from './act/verbs/remove.ts';
export type { RolloutEvent } from './act/rollout/step.ts';
export type { ClusterSpec } from './cluster/spec.ts';
export type { ClusterState } from './cluster/state.ts';
export { assumedFacts } from './cluster/timers.ts';
export { jsonSchema } from './cluster/file/schema/json.ts';
export { formatMs } from './core/duration.ts';
export { hasErrors, type Finding } from './core/finding.ts';
export { parseVersion } from './core/version.ts';
export type { Host } from './host/host.ts';
export type { StreamingHost } from './host/stream.ts';
export { discover, type Discovered } from './observe/once/discover.ts';
export { memberHost, memberHostOnce, sshHosts, sshHostsOnce, workerHosts } from './observe/hosts.ts';
export {
  clusterStatus,
  diagnoseStatus,
  diagnosisText,
  fleetStatusText,
  statusText,
  type ClusterStatus,
  type Diagnosis,
  type Verdict,
} from './status.ts';
export type { Plan } from './plan/model.ts';
export { isEmpty } from './plan/plan.ts';
export { shownVisit } from './plan/shown.ts';
export { predict } from './predict/predict.ts';
export { solveSpec } from './predict/solve.ts';
export { authenticationConfig, kubeadmConfig, parseExisting } from './render/kubeadm.ts';
export { adminCredentials } from './observe/once/kubernetes/admin-conf.ts';
export { kubeconfigText, mergedKubeconfig } from './render/kubeconfig.ts';
export { missingForJoin, readJoinCommand, readJoinValue, type JoinCredentials } from './render/kubeadm-join.ts';
export { canHmac } from './render/hmac.ts';
export { renderNode } from './render/render.ts';
export { ownImage } from './render/runtimes/image.ts';
export type { Member } from './render/shape.ts';
export { evidenceText } from './report/evidence.ts';
export { keepJson, keepText } from './report/keep.ts';
export { planText } from './report/plan.ts';
export { predictionsText } from './report/predictions.ts';
export { decode, findingsText, loadFile } from './cluster-file.ts';
export { table } from './report/table.ts';
export { explainListText, explainText } from './report/explain.ts';
export { findingPages, type FindingPage } from './report/registry.ts';
export {
  initFile,
  parseAddresses,
  parseNodes,
  questions,
  type InitAnswers,
  type Question,
} from './cluster/file/init.ts';
export { nearest } from './cluster/file/suggest.ts';
export { clusterTimers, parseDrill, runDrills } from './drill/drills.ts';
export { drillList } from './report/drill/list.ts';
export { soak } from './drill/measure/soak.ts';
export { nodeVouches, probeConfig } from './drill/measure/probe-config.ts';
export { soakIsGood, soakText } from './report/drill/soak.ts';
export { powerBy } from './drill/power.ts';
export type { Credentials } from './drill/measure/probe.ts';
export { isGood, lastAttempts, type DrillResult } from './drill/result.ts';
export { drain, undrain } from './act/verbs/drain.ts';
export { spread } from './act/verbs/spread.ts';
export { createTurns, inTurn } from './act/reconcile/fleet.ts';
export { readHistory } from './observe/once/history.ts';
export { rollback } from './act/verbs/rollback.ts';
export { fleetPlanText } from './report/fleet.ts';
export { changesIn, historyText } from './report/history.ts';
export { upgrade } from './act/verbs/upgrade.ts';
export { upgradeText } from './report/upgrade.ts';
export { rollingRestart } from './act/verbs/restart.ts';
export { faults } from './drill/faults/index.ts';
export { drillText, remarks as drillRemarks } from './report/drill/drill.ts';
export { drillReport } from './report/drill/drill-report.ts';
export type { DrillGround, DrillSource } from './drill/ground.ts';
export { violationsOf } from './drill/random/violation.ts';
export { prepareMove } from './act/verbs/prepare-move.ts';
export { runRandom, type RandomOutcome } from './drill/random/run.ts';
export { randomText, violationText } from './report/drill/random.ts';
export type { DrillEvent } from './drill/options.ts';
export type { LockOwner } from './cluster/lock.ts';
export type { Fault } from './drill/fault.ts';
export { adopt, type Adopted } from './adopt/adopt.ts';
export type { ImportOptions } from './adopt/cluster.ts';
export { readSetups } from './adopt/live.ts';
export type { GivenFile } from './adopt/given.ts';
export { hostsFromUrl } from './host/url.ts';
export { unreadText } from './report/adopted.ts';
export { migrate, planMigrationOf } from './migrate/migrate.ts';
export { migrationText } from './report/migration.ts';
export { planUpOf, up } from './up/up.ts';
export type { PlannedUp } from './up/options.ts';
export { upText } from './report/up.ts';
export { planVersionOf, upgradeKubernetes, type PlannedVersion } from './upkeep/version/upgrade.ts';
export { versionText } from './report/version.ts';
export { takeSnapshot, type Snapshot } from './upkeep/etcd/snapshot.ts';
export { restoreEtcd, type Restored } from './upkeep/etcd/restore/restore.ts';
export type { RestorePlan } from './upkeep/etcd/restore/plan.ts';
export { lookAtEtcd } from './upkeep/etcd/look.ts';
export { snapshotTakenMs } from './node/snapshot.ts';
export { eachPart, piecesOn, type Pieces } from './upkeep/etcd/transfer.ts';
export { lookAtCertificates } from './upkeep/certificates/look.ts';
export { planRenewalOf, renewCertificates } from './upkeep/certificates/renew.ts';
export { certificatesText, renewalText } from './report/certificates.ts';
export { restoreText, restoredText } from './report/restore.ts';
export { unbalance } from './up/unbalance.ts';
export { predictWorkers } from './predict/worker.ts';
export { workersText } from './report/workers.ts';
export { down, planDownOf, type DownOptions } from './up/down.ts';
export { downText, staysText } from './report/down.ts';
