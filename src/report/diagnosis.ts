import type { Cause, Diagnosis, Verdict } from '../judge/diagnosis.ts';
import { wrap } from './wrap.ts';

export interface DiagnosisTextOptions {
  readonly color: boolean;
  /** Columns of the terminal; Infinity where nothing is wrapped. */
  readonly width: number;
  /** All consequences instead of the first few. */
  readonly verbose: boolean;
}

type Style = 'good' | 'error' | 'warning' | 'bold' | 'dim';

const codes: Readonly<Record<Style, string>> = { good: '1;32', error: '1;31', warning: '1;33', bold: '1', dim: '2' };

const words: Readonly<Record<Verdict, { readonly text: string; readonly style: Style }>> = {
  served: { text: 'served', style: 'good' },
  degraded: { text: 'DEGRADED', style: 'warning' },
  outage: { text: 'OUTAGE', style: 'error' },
  unknown: { text: 'UNKNOWN', style: 'warning' },
};

/** Consequences that are shown of each cause: nobody reads a dozen of them first. */
const shown = 3;

/** The verdict and what is wrong, worst first: for each cause the next command, and what follows from it below. */
export function diagnosisText(
  cluster: string,
  { verdict, sentence, causes }: Diagnosis,
  options: DiagnosisTextOptions,
): string {
  const { text, style } = words[verdict];
  const paint = painter(options);
  return [
    `${paint('bold', cluster)}  ${paint(style, text)}`,
    ...wrap(sentence, options.width),
    ...causes.flatMap((cause) => ['', ...causeLines(cause, options)]),
  ].join('\n');
}

function painter({ color }: Pick<DiagnosisTextOptions, 'color'>) {
  return (style: Style, text: string): string => (color ? `\u001B[${codes[style]}m${text}\u001B[0m` : text);
}

function causeLines({ rule, severity, what, command, consequences }: Cause, options: DiagnosisTextOptions) {
  const paint = painter(options);
  const { width, verbose } = options;
  const [first = '', ...more] = wrap(`${severity === 'error' ? '✗' : '!'} ${what}`, width, { hanging: 2 });
  const told = verbose || consequences.length <= shown + 1 ? consequences : consequences.slice(0, shown);
  const rest = consequences.length - told.length;
  return [
    paint(severity, first),
    ...more.map((line) => paint(severity, line)),
    ...told.flatMap((sentence) => wrap(sentence, width, { indent: 4 })),
    ...(rest > 0 ? [paint('dim', `    and ${rest} more`)] : []),
    // A command is never broken: it is there to be copied.
    ...(command === undefined ? [] : [`  → ${command}`]),
    paint('dim', `    k8s-ha explain ${rule}`),
  ];
}

/** One line, for prompts, cron and a message of the day: `prod degraded: cp2 does not answer (served by cp1, 2 of 3 nodes)`. */
export function shortText(
  cluster: string,
  { verdict, causes, redundancy }: Diagnosis,
  holders: readonly string[],
): string {
  const [worst] = causes;
  const more = causes.length > 1 ? ` and ${causes.length - 1} more` : '';
  const nodes = `${redundancy.fit} of ${redundancy.of} nodes`;
  const state = holders.length === 0 ? nodes : `held by ${holders.join(', ')}; ${nodes}`;
  return `${cluster} ${words[verdict].text}${worst ? `: ${worst.what}${more}` : ''} (${state})`;
}

/** How `status` ends: as `systemctl status` does, 3 is "not running" and 4 "not known". */
export const verdictCodes: Readonly<Record<Verdict, number>> = { served: 0, degraded: 1, outage: 3, unknown: 4 };

const order: readonly Verdict[] = ['outage', 'unknown', 'degraded', 'served'];

/** The worst verdict of several clusters. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'served';
}
