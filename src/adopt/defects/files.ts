import { positionAt, source } from '../../cluster/file/source.ts';
import { concerns, formatOf, hasConfiguration, kindOf } from '../detect.ts';
import { instancesOf } from '../election/member.ts';
import { scriptFile } from '../sight.ts';
import type { GivenFile } from '../given.ts';
import type { Setup } from '../setup.ts';
import type { Defect, Said } from './defect.ts';

/** Points at a file as a whole: its first line. */
function atFile({ file, text }: GivenFile): Said['position'] {
  return positionAt(source(text, file), 0);
}

function nameOf({ file }: GivenFile): string {
  return file.split('/').at(-1) ?? file;
}

/** A file of ours says so in its first lines. */
function isOurs({ text }: GivenFile): boolean {
  return /k8s-ha/i.test(text.slice(0, 400));
}

function usedScripts(setup: Setup): ReadonlySet<string> {
  const commands = instancesOf(setup.nodes).flatMap(({ instance, keepalived }) => [
    ...keepalived.scripts.flatMap(({ command }) => command?.text ?? []),
    ...instance.notifies.map(({ command }) => command.text),
  ]);
  return new Set(commands.flatMap((command) => scriptFile(command, setup.files)?.file ?? []));
}

/** What became of a file: `configuration` for the programs' own, `script` for one that they run. */
type Use = 'configuration' | 'script' | 'containers' | 'unread' | 'aside';

function useOf(given: GivenFile, used: ReadonlySet<string>): Use {
  const { file, text, problem } = given;
  if (problem !== undefined || text.trim() === '' || text.includes('\0')) return 'unread';
  const kind = kindOf(text, file);
  if (kind === 'keepalived' || kind === 'haproxy') return 'configuration';
  if (used.has(file)) return 'script';
  if (hasConfiguration(text)) return 'unread';
  if (
    kind === 'commands' ||
    ((kind === 'manifest' || kind === 'compose') && /image:.*(keepalived|haproxy)/i.test(text))
  )
    return 'containers';
  return kind !== 'script' && concerns(text) ? 'unread' : 'aside';
}

function filesOf(setup: Setup, use: Use): GivenFile[] {
  const used = usedScripts(setup);
  return setup.files.filter((given) => !isOurs(given) && useOf(given, used) === use);
}

function problemOf({ file, text, problem }: GivenFile): string {
  if (problem !== undefined) return problem;
  return kindOf(text, file) === 'commands'
    ? 'has a configuration in it beside its commands: only the commands were read'
    : `${formatOf(text, file)}: nothing in it was read`;
}

/** Files of which nothing, or not all, was read. */
export const fileDefects: readonly Defect[] = [
  {
    id: 'import-file-not-read',
    severity: 'warning',
    title: 'A file that import cannot read',
    why: 'What it says of keepalived, HAProxy or the VIP is missing from the findings and from the cluster file.',
    check: (setup) =>
      filesOf(setup, 'unread').map((given) => ({
        message: `${nameOf(given)} ${problemOf(given)}`,
        reason:
          'Import reads keepalived.conf, haproxy.cfg, static pods, Compose files, container commands and check scripts.',
        suggestion: 'Give import the configuration itself, as its program reads it, in a file of its own.',
        position: atFile(given),
      })),
  },
  {
    id: 'import-file-in-part',
    severity: 'info',
    title: 'A file of which only a part is read',
    why: 'Of pods, Compose files and commands only images and variables count here, and of check scripts what they look at: the rest is not carried over.',
    check: (setup) =>
      [
        ...filesOf(setup, 'script').map((given) => ({ given, what: 'what it looks at was read' })),
        ...filesOf(setup, 'containers').map((given) => ({
          given,
          what: 'images and variables of keepalived and HAProxy were read',
        })),
      ].map(({ given, what }) => ({
        message: `of ${nameOf(given)} only ${what}; the rest of it is not carried over`,
        suggestion: 'Nothing to do: k8s-ha brings units and checks of its own.',
        position: atFile(given),
      })),
  },
  {
    id: 'import-file-aside',
    severity: 'info',
    title: 'A file that does not concern the endpoint',
    why: 'It is neither a configuration of keepalived or HAProxy, nor a script that one of them runs.',
    check: (setup) =>
      filesOf(setup, 'aside').map((given) => ({
        message: `${nameOf(given)} was left aside: ${
          kindOf(given.text, given.file) === 'script'
            ? 'no configuration that was given runs this script'
            : 'it says nothing of keepalived or HAProxy'
        }`,
        suggestion: 'Nothing to do, unless it should have been read: then give import what names it too.',
        position: atFile(given),
      })),
  },
];
