import { Composer, Parser, type CST, type Document, type ErrorCode, type YAMLError } from 'yaml';
import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { positionAt, type Source } from './source.ts';

/** Levels that a cluster file may have; it needs six. */
export const maxDepth = 40;

/**
 * Parses YAML 1.2: core schema, no merge keys, no directives, one document. The parser's tokens are measured before they
 * are composed, because composing recurses: at the end of its stack, V8 can end the whole process instead of throwing.
 */
export function parseYaml(src: Source): Result<Document, readonly Finding[]> {
  const tokens = [...new Parser().parse(src.text)];
  const directive = tokens.find(({ type }) => type === 'directive');
  if (directive) return err([directiveFinding(src, directive)]);
  const [, second] = tokens.filter(({ type }) => type === 'document');
  if (second) return err([severalDocuments(src, second)]);
  const deep = tooDeep(tokens);
  if (deep) return err([nestedTooDeeply(src, deep)]);
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    // Off because the parser's own check is quadratic; document.ts does it.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [document] = composer.compose(tokens, true, src.text.length);
  if (!document) throw new Error('the YAML composer was told to give a document, and gave none');
  return document.errors.length > 0 ? err(syntaxFindings(src, document.errors)) : ok(document);
}

/** The first token that is nested too deeply; without recursion. */
function tooDeep(tokens: readonly CST.Token[]): CST.Token | undefined {
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return token;
    for (const child of children(token)) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function children(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (token.type !== 'block-map' && token.type !== 'block-seq' && token.type !== 'flow-collection') return [];
  return token.items.flatMap(({ key, value }) => [...(key ? [key] : []), ...(value ? [value] : [])]);
}

type Sentence = readonly [message: string, suggestion: string];

const indentation: Sentence = [
  'the indentation does not fit the lines around it',
  'Put the keys of one mapping, and the dashes of one list, under each other.',
];
const quoting: Sentence = ['the value begins with a character that YAML keeps for itself', 'Put the value in quotes.'];
const colon: Sentence = [
  'a second ": " on one line, or a line indented under a value',
  'Give every key its own line with the same indentation, or quote a value that contains ": ".',
];
const structure: Sentence = ['this cannot stand here', 'Write `key: value` lines, and lists as `- item` or `[a, b]`.'];

/** Our words for the parser's codes; the parser's own messages never reach the user. */
const sentences: Partial<Record<ErrorCode, Sentence>> = {
  BAD_INDENT: [
    'a [ or { is not closed before the indentation ends',
    'Close every [ with ] and every { with }, and indent what is between.',
  ],
  BAD_SCALAR_START: quoting,
  BAD_DQ_ESCAPE: ['a backslash sequence that YAML does not know', "Use 'single quotes' for text with backslashes."],
  BLOCK_AS_IMPLICIT_KEY: colon,
  MULTILINE_IMPLICIT_KEY: colon,
  BLOCK_IN_FLOW: ['an indented block inside [ ] or { }', 'Use only commas inside [ ] and { }.'],
  MISSING_CHAR: [
    'something is not closed or separated: a quote, a comma, a colon, a space after a colon or a dash',
    'Complete the line.',
  ],
  UNEXPECTED_TOKEN: structure,
  IMPOSSIBLE: indentation,
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters', 'Check that quotes and brackets are closed.'],
};

/** The parser's errors as findings: one for each line, since one mistake makes the parser complain several times. */
function syntaxFindings(src: Source, errors: readonly YAMLError[]): Finding[] {
  const byLine = new Map<number, Finding>();
  for (const error of errors) {
    const found = syntaxFinding(src, error);
    const line = found.position?.line ?? 0;
    if (!byLine.has(line)) byLine.set(line, found);
    // After a few, the parser only repeats that it is lost.
    if (byLine.size === 5) break;
  }
  return [...byLine.values()];
}

function syntaxFinding(src: Source, { code, pos: [start, end] }: YAMLError): Finding {
  const position = positionAt(src, start, end);
  const tab = /^ *\t/.test(position.text) ? position.text.indexOf('\t') : -1;
  if (code === 'TAB_AS_INDENT' || tab !== -1) {
    return {
      rule: 'tab-indentation',
      severity: 'error',
      message: `line ${position.line} is indented with a tab`,
      reason: 'YAML allows only spaces: a tab has no fixed width, so that the structure would depend on the editor.',
      suggestion: 'Use two spaces for each level.',
      position: tab === -1 ? position : { ...position, column: tab + 1, length: 1 },
    };
  }
  const [message, suggestion] = sentences[code] ?? structure;
  return { rule: 'yaml-syntax', severity: 'error', message: `not valid YAML: ${message}`, suggestion, position };
}

function severalDocuments(src: Source, { offset }: CST.Token): Finding {
  return {
    rule: 'several-documents',
    severity: 'error',
    message: 'a second document begins here',
    reason: 'One file describes one cluster; it would not be clear which document is meant.',
    suggestion: 'Put each cluster in a file of its own and remove the line `---`.',
    position: positionAt(src, offset, offset + 3),
  };
}

function nestedTooDeeply(src: Source, { offset }: CST.Token): Finding {
  return {
    rule: 'yaml-syntax',
    severity: 'error',
    message: `not valid here: the file is nested more than ${maxDepth} levels deep`,
    suggestion: 'Write the file with a few levels only.',
    position: positionAt(src, offset),
  };
}

function directiveFinding(src: Source, { offset, source }: CST.Token & { readonly source?: string }): Finding {
  return {
    rule: 'yaml-syntax',
    severity: 'error',
    message: 'not valid here: a line that begins with % changes how YAML is read',
    suggestion: 'Remove the line; a cluster file is always YAML 1.2.',
    position: positionAt(src, offset, offset + (source?.length ?? 1)),
  };
}
