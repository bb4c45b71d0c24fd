// usage: failures.mjs REPORT [WORD]   names each failed test of a vitest JSON report after WORD (FAILED), with the lines of its
//                                      error that tell the most, so that the end of a long log says what to look for
//        failures.mjs --files REPORT  prints the files that have failed tests, one per line
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const filesOnly = process.argv[2] === '--files';
const [report = '', word = 'FAILED'] = process.argv.slice(filesOnly ? 3 : 2);
const read = (file, otherwise) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return otherwise;
  }
};

/** What failed before or after the tests of a file: scripts/progress.mjs writes it beside the report. */
const hooks = read(`${report}.hooks`, []);

/** A gate that failed, a finding, what was expected: these stand behind the first line of a command's output. */
const tells = /^\s*(✗|error\[|k8s-ha: )|NOT HEALED|ARE LOST|^\s*[+-] (?!Expected|Received)/;

const linesOf = (text) => {
  const [first = '', ...rest] = text.replaceAll(/\u001B\[[0-9;]*m/g, '').split('\n');
  return [first, ...rest.filter((line) => tells.test(line)).slice(0, 4)].map((line) => line.trim().slice(0, 240));
};

for (const { name, status, message, assertionResults } of read(report, { testResults: [] }).testResults) {
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
  const around = hooks.filter(({ file }) => file === name);
  for (const { suite, message } of around) say(` > ${suite}, before or after its tests`, message);
  if (status === 'failed' && failed.length === 0 && around.length === 0) say('', message);
}
