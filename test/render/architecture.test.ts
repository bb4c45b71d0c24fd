import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';
import { ownImage } from '../../src/render/runtimes/image.ts';
import { renderNode } from '../../src/render/render.ts';

/** Words by which a text would be of one kind of processor: names of it, and folders of its libraries. */
const processors =
  /\b(?:x86|amd64|i[36]86|arm64|armhf|aarch64|ppc64|s390x|riscv64)|lib64|linux-gnu|\buname -m|--print-architecture/;

/** Text alone: no program, and nothing but what a file of configuration or a script has. */
const text = /^(?:\P{C}|[\t\n])+$/u;

const files = goldenCases.flatMap(({ name, spec, facts }) =>
  spec.nodes.flatMap((node) => renderNode(spec, node, fakeTimers, facts).files.map((file) => ({ ...file, name }))),
);

/** Every command that a run of a verb sends to a node, as test/act/sim records them. */
const runs = readdirSync('test/golden/runs').map((file) => readFileSync(`test/golden/runs/${file}`, 'utf8'));

describe('what nodes get', () => {
  test('is text: no program for one kind of processor is among it', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(files.filter(({ content }) => !text.test(content)).map(({ name, path }) => `${name}${path}`)).toEqual([]);
  });

  test('names no kind of processor, and neither do the commands that are sent to them', () => {
    expect(runs.length).toBeGreaterThan(100);
    const found = [...files.map(({ content }) => content), ...runs, ownImage.containerfile].map(
      (one) => processors.exec(one)?.[0],
    );
    expect(found.filter((word) => word !== undefined)).toEqual([]);
  });
});
