// usage: failures.mjs REPORT [WORD]   names each failed test of a vitest JSON report after WORD (FAILED), with the lines of its
//                                      error that tell the most, so that the end of a long log says what to look for
//        failures.mjs --files REPORT  prints the files that have failed tests, one per line
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const filesOnly = process.argv[2] === '--files';
const [report = '', word = 'FAILED'] = process.argv.slice(filesOnly ? 3 : 2);
const read = () => {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { testResults: [] };
  }
};

/** A gate that failed, a finding, what was expected: these stand behind the first line of a command's output. */
const tells = /^\s*(✗|error\[|k8s-ha: )|NOT HEALED|ARE LOST|^\s*[+-] (?!Expected|Received)/;

const linesOf = (text) => {
  const [first = '', ...rest] = text.replaceAll(/\u001B\[[0-9;]*m/g, '').split('\n');
  return [first, ...rest.filter((line) => tells.test(line)).slice(0, 4)].map((line) => line.trim().slice(0, 240));
};

for (const { name, status, message, assertionResults } of read().testResults) {
  if (filesOnly) {
    if (status === 'failed') console.log(relative('.', name));
    continue;
  }
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const say = (test, text = '') => {
    const [first, ...rest] = linesOf(text);
    console.log([`${word} ${relative('.', name)}${test}: ${first}`, ...rest.map((line) => `    ${line}`)].join('\n'));
  };
  for (const { fullName, failureMessages } of failed) say(` > ${fullName}`, failureMessages[0]);
  if (status === 'failed' && failed.length === 0) say('', message);
}
