import { advertIntervalFast } from './advert-interval-fast.ts';
import { advertIntervalStep } from './advert-interval-step.ts';
import { caFileRelative } from './ca-file-relative.ts';
import { dnsNameIsAddress } from './dns-name-is-address.ts';
import { downTimerAdvertsLow } from './down-timer-adverts-low.ts';
import { duplicateNodeAddress } from './duplicate-node-address.ts';
import { duplicateNodeName } from './duplicate-node-name.ts';
import { duplicatePriority } from './duplicate-priority.ts';
import { duplicateVip } from './duplicate-vip.ts';
import { evenNumberOfNodes } from './even-number-of-nodes.ts';
import { extraOverridesOurs } from './extra-overrides-ours.ts';
import { failoverTargetMissed } from './failover-target-missed.ts';
import { failoverTargetTooTight } from './failover-target-too-tight.ts';
import { fencingOffStacked } from './fencing-off-stacked.ts';
import { fencingWithoutMajority } from './fencing-without-majority.ts';
import { healthCertPaths } from './health-cert-paths.ts';
import { healthCertUnused } from './health-cert-unused.ts';
import { healthPathRelative } from './health-path.ts';
import { imagesUnused } from './images-unused.ts';
import { interfaceNameTooLong } from './interface-name-too-long.ts';
import { mixedFamiliesInNodes } from './mixed-families-in-nodes.ts';
import { moreVipsThanNodes } from './more-vips-than-nodes.ts';
import { nodeAddressNotUnicast } from './node-address-not-unicast.ts';
import { portClash } from './port-clash.ts';
import { preemptOn } from './preempt-on.ts';
import { priorityGap } from './priority-gap.ts';
import { routerIdRange } from './router-id-range.ts';
import type { Rule } from './rule.ts';
import { secondAddressOfSameFamily } from './second-address-of-same-family.ts';
import { singleNode } from './single-node.ts';
import { snapshotsExternalEtcd } from './snapshots-external-etcd.ts';
import { sshHostKeyCheckOff } from './ssh-host-key-check-off.ts';
import { sshOptionOwned } from './ssh-option-owned.ts';
import { tellClientsUnavailable } from './tell-clients-unavailable.ts';
import { vipFamilyDiffersFromNodes } from './vip-family-differs-from-nodes.ts';
import { vipIsNodeAddress } from './vip-is-node-address.ts';
import { vipNotUnicast } from './vip-not-unicast.ts';

/** Every rule, in the order of the reference. */
export const rules: readonly Rule[] = [
  duplicateNodeName,
  duplicateNodeAddress,
  duplicateVip,
  vipIsNodeAddress,
  vipNotUnicast,
  nodeAddressNotUnicast,
  mixedFamiliesInNodes,
  secondAddressOfSameFamily,
  vipFamilyDiffersFromNodes,
  singleNode,
  evenNumberOfNodes,
  moreVipsThanNodes,
  portClash,
  duplicatePriority,
  priorityGap,
  routerIdRange,
  fencingWithoutMajority,
  fencingOffStacked,
  snapshotsExternalEtcd,
  preemptOn,
  tellClientsUnavailable,
  failoverTargetTooTight,
  failoverTargetMissed,
  advertIntervalStep,
  advertIntervalFast,
  downTimerAdvertsLow,
  dnsNameIsAddress,
  caFileRelative,
  healthPathRelative,
  healthCertPaths,
  healthCertUnused,
  imagesUnused,
  interfaceNameTooLong,
  extraOverridesOurs,
  sshOptionOwned,
  sshHostKeyCheckOff,
];
