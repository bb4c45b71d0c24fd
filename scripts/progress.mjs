// A reporter for vitest beside its own: after each test file, how many have ended, how long it took so far, how long the file took,
// and how busy this machine was meanwhile: whether more at once would gain anything. What failed
// before or after the tests of a file, which vitest's JSON report leaves out, goes to the file that K8S_HA_HOOKS_REPORT names.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const minutes = (ms) => `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;

/** Time of all processors since this machine started, and how much of it they were idle. */
function processors() {
  const all = cpus().map(({ times }) => times);
  const idle = all.reduce((sum, times) => sum + times.idle, 0);
  const busy = all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { busy, all: busy + idle };
}

function busyShare(from, to) {
  return `${Math.round((100 * (to.busy - from.busy)) / Math.max(1, to.all - from.all))} % busy`;
}

/** vitest calls it with `new`. */
export default function Progress() {
  let began = 0;
  let total = 0;
  let ended = 0;
  let before = processors();
  const begun = new Map();
  const hooks = [];
  return {
    onTestRunStart(files) {
      began = Date.now();
      total = files.length;
      ended = 0;
      before = processors();
    },
    onTestModuleStart({ moduleId }) {
      begun.set(moduleId, processors());
    },
    onTestSuiteResult(suite) {
      for (const { message, stack } of suite.errors())
        hooks.push({ file: suite.module.moduleId, suite: suite.fullName, message: `${message}\n${stack ?? ''}` });
    },
    onTestModuleEnd(file) {
      ended += 1;
      // A minute of small files needs no line for each.
      if (ended === total || file.diagnostic().duration > 5000) {
        const now = processors();
        const { duration } = file.diagnostic();
        console.log(
          `   ${ended} of ${total} files after ${minutes(Date.now() - began)}; this one took ${minutes(duration)}, ${busyShare(begun.get(file.moduleId) ?? before, now)}`,
        );
      }
    },
    onTestRunEnd() {
      const now = processors();
      console.log(`   all files: ${minutes(Date.now() - began)}, ${busyShare(before, now)}`);
      const report = process.env.K8S_HA_HOOKS_REPORT;
      if (report) writeFileSync(report, JSON.stringify(hooks));
    },
  };
}
