import { addonFindings } from './addons.ts';
import { defectRemedies } from './defects.ts';
import { drillFindings } from './drill.ts';
import { fileRemedies } from './file.ts';
import { healthFindings } from './health.ts';
import { importFindings } from './import.ts';
import { kubernetesFindings } from './kubernetes.ts';
import { labFindings } from './lab.ts';
import { lifeFindings } from './life.ts';
import { migrateFindings } from './migrate.ts';
import { networkFindings } from './network.ts';
import { preflightFindings } from './preflight.ts';
import { rolloutFindings } from './rollout.ts';
import { ruleRemedies } from './rules.ts';
import { upFindings } from './up.ts';
import { upkeepFindings } from './upkeep.ts';
import { versionFindings } from './version.ts';

/** Findings with all of their texts, by where they come from, in the order of the reference. */
export const findingRooms = [
  { title: 'The endpoint right now', entries: healthFindings },
  { title: 'Kubernetes behind the endpoint', entries: kubernetesFindings },
  { title: 'The nodes, before a rollout', entries: preflightFindings },
  { title: 'Firewalls', entries: networkFindings },
  { title: 'Making a cluster', entries: upFindings },
  { title: 'Upgrading Kubernetes', entries: versionFindings },
  { title: 'Lock, rollout and membership', entries: rolloutFindings },
  { title: 'Maintenance, rollback and upgrades', entries: upkeepFindings },
  { title: 'Snapshots, restore and certificates', entries: lifeFindings },
  { title: 'Add-ons and the watched file', entries: addonFindings },
  { title: 'Drills and soaks', entries: drillFindings },
  { title: 'Importing', entries: importFindings },
  { title: 'Migrating', entries: migrateFindings },
  { title: 'The lab', entries: labFindings },
] as const;

export { defectRemedies, fileRemedies, ruleRemedies };

/** Every id, without the texts that stand beside the code: enough for completion. */
export const findingIds: readonly string[] = [
  fileRemedies,
  ruleRemedies,
  ...findingRooms.map(({ entries }) => entries),
  defectRemedies,
].flatMap((entries) => Object.keys(entries));

type KeyOfEach<T> = T extends unknown ? keyof T : never;

export type FileFindingId = keyof typeof fileRemedies;
export type RuleId = keyof typeof ruleRemedies;
export type DefectId = keyof typeof defectRemedies;

/** Every id that a finding can have; `k8s-ha explain ID` tells of each. */
export type FindingId = KeyOfEach<(typeof findingRooms)[number]['entries']> | FileFindingId | RuleId | DefectId;
