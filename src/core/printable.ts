/**
 * A terminal must not obey what a node, a file or a client said: only line breaks, tabs and our own colours (SGR) get there.
 * Everything else that controls a terminal, or turns the direction of text round, is shown as a dot.
 */
export function harmless(text: string): string {
  return text
    .split(colour)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(controls, '·')))
    .join('');
}

/** One line of what somebody else said, short enough to be part of a sentence. */
export function brief(text: string): string {
  return text
    .slice(0, 2 * longestBrief)
    .replaceAll(breaks, ' ')
    .trim()
    .slice(0, longestBrief);
}

const longestBrief = 300;
const breaks = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const colour = /(\x1B\[[0-9;]{0,20}m)/;
const controls = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
