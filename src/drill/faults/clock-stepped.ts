import { clockAheadMs, clockAwayMs } from '../../cluster/disruption.ts';
import { quote } from '../../core/command.ts';
import { paths } from '../../node/paths.ts';
import { both } from '../acts.ts';
import type { Fault } from '../fault.ts';
import { holdCertificates, maySetClock, noteClock, rightClock, stepClock, type ClockStep } from '../means/clock.ts';

const unit = 'k8s-ha-drill-clock';

const steps: readonly ClockStep[] = [
  { afterMs: 0, aheadMs: clockAheadMs },
  { afterMs: clockAwayMs, aheadMs: -clockAheadMs },
];
const lastsMs = steps.length * clockAwayMs;

/** What the programs of the node show each other and their clients. */
const certificates = [
  '/etc/kubernetes/pki/*.crt',
  '/etc/kubernetes/pki/etcd/*.crt',
  '/var/lib/kubelet/pki/kubelet-client-current.pem',
  paths.healthCert,
];

/** A little more than the step, for the time until it is made. */
const spareS = clockAheadMs / 1000 + 120;

const righted = both({ shell: `systemctl stop ${unit} 2>/dev/null || true`, does: [] }, rightClock);

export const clockStepped: Fault = {
  name: 'clock-stepped',
  summary: `the wall clock of the VIP holder is set an hour ahead, after ${clockAwayMs / 1000} s an hour behind, and ${clockAwayMs / 1000} s later right again; jobs that are due by it within the hour begin`,
  disruption: 'clock-stepped',
  part: 'resources',
  startsJobs: true,
  lastsMs: lastsMs + 1000,
  available: ({ spec }) => `${maySetClock}
${spec.keepalived.hmacKey === undefined ? ':' : `echo 'adverts are signed with the time: two nodes would hold the VIP'; exit 1`}
${holdCertificates([...certificates, ...(spec.apiServer.healthCertFile === undefined ? [] : [spec.apiServer.healthCertFile])], spec.apiServer.port, spareS)}`,
  // The unit's sleeps, like the timer of the healing, count by the kernel's own clock. What an earlier drill left, that was killed,
  // is healed before: what is noted must be the right time.
  inject: () => ({
    shell: `${righted.shell}
systemctl reset-failed ${unit} 2>/dev/null || true
${noteClock}
systemd-run --quiet --collect --unit=${unit} --property=RuntimeMaxSec=${lastsMs / 1000 + 10} /bin/sh -c ${quote(`PATH="$PATH:/usr/sbin:/sbin"\n${stepClock(steps, lastsMs)}`)}`,
    does: [{ act: 'clock', steps: [...steps, { afterMs: lastsMs, aheadMs: 0 }] }],
  }),
  heal: () => righted,
};
