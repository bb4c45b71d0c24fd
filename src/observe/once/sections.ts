import { isAscii } from 'node:buffer';
import type { FileSeen } from '../../cluster/state.ts';
import { forms } from '../../node/said.ts';
import { script, type Command, type Intent } from '../../core/command.ts';
import * as programs from '../shell/programs.ts';

/** One section of what a node was asked. */
export interface Section {
  readonly rc: number;
  readonly text: string;
}

export type Sections = ReadonlyMap<string, Section>;

/**
 * A script that prints sections, each by `emit NAME COMMAND…`: `name rc length` on a line and then that many bytes, so that no
 * content can be mistaken for structure; all of it in base64, which no connection and no decoder changes. `told NAME RC TEXT` prints
 * what is already known, without a process.
 */
export function sectionsCommand(summary: string, helpers: string, body: string, intent?: Intent): Command {
  return script(
    summary,
    `told() { printf '%s %s %s\\n%s\\n' "$1" "$2" "\${#3}" "$3"; }
emit() {
    k8s_name=$1; shift
    k8s_out=$("$@" 2>&1)
    told "$k8s_name" "$?" "$k8s_out"
}
# The dot keeps the shell from stripping the newlines at the end.
one_file() { stat -c '%a %U:%G' "$1" && cat "$1" && printf .; }
${helpers}
look() {
${body}}
look | base64
`,
    { timeoutMs: 30_000, intent },
  );
}

/**
 * Shell: `files PATH…` tells regular files as `emit "file:$path" one_file "$path"` does for each, by two processes for all. Where a
 * size is not what was read (a link, a file that changes, a NUL), each is read by itself instead.
 */
export const filesHelper = programs.readFiles;

/** Reads what a `sectionsCommand` printed; a section that was cut off, and all after it, is not there. */
export function parseSections(output: string): Sections {
  const sections = new Map<string, Section>();
  const bytes = Buffer.from(output, 'base64');
  // One character for each byte, because lengths are told in bytes. Most of what nodes say is ASCII, and is its own UTF-8.
  const characters = bytes.toString('latin1');
  const text = (from: number, to: number): string =>
    isAscii(bytes.subarray(from, to)) ? characters.slice(from, to) : bytes.toString('utf8', from, to);
  for (let at = 0; at < bytes.length;) {
    const lineEnd = characters.indexOf('\n', at);
    if (lineEnd === -1) break;
    const match = /^(.{1,4096}) (\d{1,9}) (\d{1,9})$/.exec(text(at, Math.min(lineEnd, at + 8192)));
    if (!match) break;
    const [, name = '', rc = '', length = ''] = match;
    const end = lineEnd + 1 + Number(length);
    if (end > bytes.length) break;
    sections.set(name, { rc: Number(rc), text: text(lineEnd + 1, end) });
    at = end + 1;
  }
  return sections;
}

/** What `emit "file:$path" one_file "$path"` read; nothing where it is not said whose file it is and who may read it. */
export function filesIn(sections: Sections): readonly FileSeen[] {
  return [...sections]
    .filter(([name, { rc }]) => name.startsWith('file:') && rc === 0)
    .flatMap(([name, section]) => {
      const lineEnd = section.text.indexOf('\n');
      const [mode = '', owner = ''] = section.text.slice(0, Math.min(lineEnd, 200)).split(' ');
      if (!forms.mode.test(mode) || !forms.owner.test(owner)) return [];
      const content = section.text.slice(lineEnd + 1, section.text.endsWith('.') ? -1 : undefined);
      return [{ path: name.slice('file:'.length), mode: Number.parseInt(mode, 8), owner, content }];
    });
}
