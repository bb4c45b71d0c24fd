// A reporter for vitest beside its own: after each test file, how many have ended and how long it took so far. What failed
// before or after the tests of a file, which vitest's JSON report leaves out, goes to the file that K8S_HA_HOOKS_REPORT names.
import { writeFileSync } from 'node:fs';

const minutes = (ms) => `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;

/** vitest calls it with `new`. */
export default function Progress() {
  let began = 0;
  let total = 0;
  let ended = 0;
  const hooks = [];
  return {
    onTestRunStart(files) {
      began = Date.now();
      total = files.length;
      ended = 0;
    },
    onTestSuiteResult(suite) {
      for (const { message, stack } of suite.errors())
        hooks.push({ file: suite.module.moduleId, suite: suite.fullName, message: `${message}\n${stack ?? ''}` });
    },
    onTestModuleEnd(file) {
      ended += 1;
      // A minute of small files needs no line for each.
      if (ended === total || file.diagnostic().duration > 5000) {
        console.log(`   ${ended} of ${total} files after ${minutes(Date.now() - began)}`);
      }
    },
    onTestRunEnd() {
      const report = process.env.K8S_HA_HOOKS_REPORT;
      if (report) writeFileSync(report, JSON.stringify(hooks));
    },
  };
}
