// Prints one line for each failed test of a vitest JSON report, so that the end of a long log says what to look for.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [report = ''] = process.argv.slice(2);
const read = () => {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { testResults: [] };
  }
};
for (const { name, status, message, assertionResults } of read().testResults) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const line = (test, text = '') =>
    console.log(
      `FAILED ${relative('.', name)}${test}: ${text
        .replaceAll(/\u001B\[[0-9;]*m/g, '')
        .split('\n')[0]
        .slice(0, 300)}`,
    );
  for (const { fullName, failureMessages } of failed) line(` > ${fullName}`, failureMessages[0]);
  if (status === 'failed' && failed.length === 0) line('', message);
}
