import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** A cluster file is a page of text; what is larger was given by mistake and is refused before anything reads it. */
export const maxBytes = 64 * 1024;

/** Bytes of a file as text, or the finding that says why they are none. Control characters mean binary as well. */
export function decode(bytes: Uint8Array, file: string): Result<string, Finding> {
  if (bytes.length > maxBytes) return err(tooLarge(file));
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const at = binaryCharacter(text);
    return at === -1 ? ok(text) : err(notText(file, `it contains the control character ${codePoint(text, at)}`));
  } catch {
    return err(notText(file, 'it is not valid UTF-8'));
  }
}

/** The finding for a text that is no text, or too much of it; undefined when it can be read. */
export function unreadable(text: string, file: string): Finding | undefined {
  if (text.length > maxBytes) return tooLarge(file);
  const at = binaryCharacter(text);
  return at === -1 ? undefined : notText(file, `it contains the control character ${codePoint(text, at)}`);
}

function binaryCharacter(text: string): number {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
}

function codePoint(text: string, at: number): string {
  return `U+${(text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function tooLarge(file: string): Finding {
  return {
    rule: 'too-large',
    severity: 'error',
    message: `${file} is larger than ${maxBytes / 1024} KiB`,
    reason: 'A cluster file is about a page long: this is most likely another file.',
    suggestion: 'Give the path of the cluster file.',
  };
}

function notText(file: string, what: string): Finding {
  return {
    rule: 'not-text',
    severity: 'error',
    message: `${file} is not a text file: ${what}`,
    reason: 'A cluster file is YAML in UTF-8.',
    suggestion: 'Give the path of the cluster file, or save it as UTF-8.',
  };
}
