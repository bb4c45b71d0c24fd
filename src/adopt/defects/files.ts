import { positionAt, source } from '../../cluster/file/source.ts';
import { concerns, formatOf, kindOf } from '../detect.ts';
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

/** Files of which nothing, or not all, was read. */
export const fileDefects: readonly Defect[] = [
  {
    id: 'import-file-not-read',
    severity: 'warning',
    title: 'A file that import cannot read',
    why: 'What it says of keepalived, HAProxy or the VIP is missing from the findings and from the cluster file.',
    check: (setup) =>
      setup.files
        .filter((given) => !isOurs(given))
        .flatMap((given) => {
          const { file, text, problem } = given;
          const other = kindOf(text, file) === 'other' && (text.trim() === '' || /\0/.test(text) || concerns(text));
          return problem !== undefined || other
            ? [
                {
                  message: `${nameOf(given)} ${problem ?? `${formatOf(text, file)}: nothing in it was read`}`,
                  reason:
                    'Import reads keepalived.conf, haproxy.cfg, static pods, Compose files, container commands and check scripts.',
                  suggestion: 'Give import the configuration itself, as its program reads it, in a file of its own.',
                  position: atFile(given),
                },
              ]
            : [];
        }),
  },
  {
    id: 'import-file-in-part',
    severity: 'info',
    title: 'A file of which only a part is read',
    why: 'Of pods, Compose files and commands only images and variables count here, and of check scripts what they look at: the rest is not carried over.',
    check: (setup) => {
      const used = usedScripts(setup);
      return setup.files
        .filter((given) => !isOurs(given) && given.problem === undefined)
        .flatMap((given) => {
          const kind = kindOf(given.text, given.file);
          const what = used.has(given.file)
            ? 'only what it looks at was read'
            : kind === 'manifest' || kind === 'compose' || kind === 'commands'
              ? 'only images and variables of keepalived and HAProxy were read'
              : undefined;
          return what === undefined
            ? []
            : [
                {
                  message: `of ${nameOf(given)} ${what}; the rest of it is not carried over`,
                  suggestion: 'Nothing to do: k8s-ha brings units and checks of its own.',
                  position: atFile(given),
                },
              ];
        });
    },
  },
  {
    id: 'import-file-aside',
    severity: 'info',
    title: 'A file that does not concern the endpoint',
    why: 'It is neither a configuration of keepalived or HAProxy, nor a script that one of them runs.',
    check: (setup) => {
      const used = usedScripts(setup);
      return setup.files
        .filter((given) => !isOurs(given) && given.problem === undefined && !used.has(given.file))
        .flatMap((given) => {
          const { text, file } = given;
          const kind = kindOf(text, file);
          const aside =
            kind === 'script' || (kind === 'other' && text.trim() !== '' && !/\0/.test(text) && !concerns(text));
          return aside
            ? [
                {
                  message: `${nameOf(given)} was left aside: ${kind === 'script' ? 'no configuration that was given runs this script' : 'it says nothing of keepalived or HAProxy'}`,
                  suggestion: 'Nothing to do, unless it should have been read: then give import what names it too.',
                  position: atFile(given),
                },
              ]
            : [];
        });
    },
  },
];
