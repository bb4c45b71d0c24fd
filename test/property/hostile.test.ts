import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activateCommand } from '../../src/act/rollout/commands/services.ts';
import { placeCommand, stageCommand } from '../../src/act/rollout/commands/files.ts';
import { restoreCommand } from '../../src/act/rollout/commands/restore.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { Command } from '../../src/core/command.ts';
import { known } from '../../src/core/observed.ts';
import { newLockOwner, thisOperator } from '../../src/lock/operator.ts';
import {
  quietCommand,
  rememberCommand,
  silenceCommand,
  startCommand,
  startProxyCommand,
} from '../../src/migrate/commands.ts';
import { parseForeign } from '../../src/migrate/look.ts';
import { lockCommand } from '../../src/node/lock.ts';
import { parseDiscovered } from '../../src/observe/once/discover.ts';
import { parseHistory } from '../../src/observe/once/history.ts';
import { parsePackages } from '../../src/observe/once/packages.ts';
import { parseNode } from '../../src/observe/once/parse.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { wantedFiles } from '../../src/plan/wanted.ts';
import { saidByNode, saidOfForeign, sectionsOutput } from '../fakes/said.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { runsOf } from '../quick.ts';

/** A word that breaks out of quotes, lines, blocks and options: quoted well, it is nowhere as it stands. */
const hostile = fc.constantFrom(
  "x';touch /tmp/broken;{}'\n}\n",
  `"'$(touch /tmp/broken)\n[Service]\nExecStart='x'`,
  "-'x\n{ touch /tmp/broken }",
  "eth0'\n}\nvrrp_script touch /tmp/broken {",
);

const spec: ClusterSpec = { ...fakeSpec(), runtime: 'podman' };
const owner = newLockOwner(thisOperator(), { verb: 'apply' });

/** The text with the hostile word in the place of one of its words, as JSON says it where the text is JSON. */
function spoilt(text: string, word: string, pick: number): string {
  const words = [...text.matchAll(/[^\s"',=:{}[\]]+/g)];
  const at = words[pick % Math.max(1, words.length)];
  if (!at) return word;
  const json = /^[[{]/.test(text) || text.includes('@@');
  const said = json ? JSON.stringify(word).slice(1, -1) : word;
  return `${text.slice(0, at.index)}${said}${text.slice(at.index + at[0].length)}`;
}

function spoiltSections(
  said: Readonly<Record<string, string>>,
  { word, name, pick, inName }: { word: string; name: number; pick: number; inName: boolean },
): string {
  const names = Object.keys(said);
  const chosen = names[name % names.length];
  return sectionsOutput(
    Object.entries(said).map(([key, text]) => {
      if (key !== chosen) return [key, text] as const;
      const line = word.replaceAll('\n', ' ');
      return inName
        ? ([`${key.replace(/[^:/]*$/, '')}${line}`, text] as const)
        : ([key, spoilt(text, word, pick)] as const);
    }),
  );
}

const where = fc.record({ word: hostile, name: fc.nat(100), pick: fc.nat(60), inName: fc.boolean() });

function expectQuoted(commands: readonly Command[], word: string): void {
  const line = word.replaceAll('\n', ' ');
  for (const { stdin = '', argv, summary } of commands)
    for (const text of [stdin, argv.join(' ')]) {
      expect(text.includes(word) || text.includes(line), `${summary}: ${text}`).toBe(false);
    }
}

describe('a node that lies about itself', () => {
  test('gets nothing of it into a rendered file, and into a command only within quotes', () => {
    fc.assert(
      fc.property(where, (lie) => {
        const seen = parseNode(spoiltSections(saidByNode, lie), 1000, 1010);
        const state = { nodes: [{ node: spec.nodes[0]?.name ?? '', seen: known(seen) }] };
        const wanted = wantedFiles(spec, state);
        if (!wanted.ok) return;
        for (const { files } of wanted.value.sets)
          for (const { content } of files) expect(content).not.toContain('/tmp/broken');
        const plan = makePlan(spec, wanted.value.sets, state);
        const commands = plan.nodes.flatMap((node) => [
          stageCommand('t', node.changes),
          placeCommand(owner, node, '20261124T231503Z'),
          activateCommand(owner, node),
          restoreCommand('t', node, { haproxy: true, keepalived: true }),
        ]);
        expectQuoted([...commands, lockCommand(owner, seen.lock?.text)], lie.word);
      }),
      { numRuns: runsOf(500) },
    );
  });

  test('whose interface has a name that no file can have is a node without known addresses, and the others are not', () => {
    fc.assert(
      fc.property(hostile, (word) => {
        const addresses = (saidByNode['addresses'] ?? '').replace('eth0', JSON.stringify(word).slice(1, -1));
        const seen = parseNode(sectionsOutput(Object.entries({ ...saidByNode, addresses })), 1000, 1010);
        expect(seen.addresses).toMatchObject({
          known: false,
          reason: expect.stringContaining('is no name of an interface'),
        });
        expect(seen.instances.known).toBe(true);
      }),
    );
  });

  test('gets nothing of another keepalived and HAProxy into a command but within quotes', () => {
    fc.assert(
      fc.property(where, (lie) => {
        const seen = parseForeign(spoiltSections(saidOfForeign, lie));
        if (!seen.known) return;
        const formers = [...seen.value.found, ...seen.value.remembered];
        const commands = [rememberCommand, quietCommand, startCommand].map((make) => make(owner, formers));
        expectQuoted(
          [...commands, startProxyCommand(owner, formers, false), silenceCommand(spec, owner, formers)],
          lie.word,
        );
        for (const { id } of formers) expect(id).not.toMatch(/^-|\s/);
      }),
      { numRuns: runsOf(500) },
    );
  });

  test('has no ancestors but those that are numbers', () => {
    const seen = parseForeign(
      sectionsOutput(
        Object.entries({ ...saidOfForeign, 'process:haproxy:71': 'ancestors= x 7 1e99\ncgroup=/a.service' }),
      ),
    );
    expect(seen.known && seen.value.strays.map(({ ancestors }) => ancestors)).toEqual([[7]]);
  });

  test('has no history, packages or name with other characters than these have', () => {
    fc.assert(
      fc.property(hostile, (word) => {
        const line = word.replaceAll('\n', ' ');
        const about = JSON.stringify({ owner: word, machine: word, action: word, changed: [word] });
        const said = [
          `about:/var/lib/k8s-ha/history/${line}/about`,
          'about:/var/lib/k8s-ha/history/20261124T231503Z/about',
        ];
        const history = parseHistory(sectionsOutput(said.map((name) => [name, about] as const)));
        expect(history.map(({ stamp }) => stamp)).toEqual(['20261124T231503Z']);
        expect(JSON.stringify(history)).not.toContain(String.raw`\n`);
        const versions = ['installed', 'target', 'available'].map((ask) => [`${ask}:haproxy`, word] as const);
        expect(parsePackages(sectionsOutput([...versions, ['newer:haproxy', '']]), ['haproxy']).packages).toEqual([
          { name: 'haproxy', installed: undefined, target: undefined, newer: false, available: [] },
        ]);
        expect(parseDiscovered(sectionsOutput([['hostname', word]]))).toBeUndefined();
        const discovered = parseDiscovered(
          sectionsOutput([
            ['hostname', 'cp1'],
            ['ssh', `1.1.1.1 1 ${word} 22`],
            ['kubeadm', `controlPlaneEndpoint: ${word}`],
            ['manifest', `--advertise-address=${word} --secure-port=${word}`],
            ['api-flags', `--client-ca-file=${word}\n--anonymous-auth=${word}`],
            ['rancher', word],
            ['anonymous', word],
          ]),
        );
        expect(discovered).toMatchObject({ name: 'cp1', address: undefined, apiServerPort: undefined });
        expect(discovered?.endpoint ?? 'x').toMatch(/^[\w-]+$/);
      }),
    );
  });
});
