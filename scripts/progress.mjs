// A reporter for vitest beside its own: after each test file, how many have ended and how long it took so far.
const minutes = (ms) => `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;

/** vitest calls it with `new`. */
export default function Progress() {
  let began = 0;
  let total = 0;
  let ended = 0;
  return {
    onTestRunStart(files) {
      began = Date.now();
      total = files.length;
      ended = 0;
    },
    onTestModuleEnd(file) {
      ended += 1;
      // A minute of small files needs no line for each.
      if (ended === total || file.diagnostic().duration > 5000) {
        console.log(`   ${ended} of ${total} files after ${minutes(Date.now() - began)}`);
      }
    },
  };
}
