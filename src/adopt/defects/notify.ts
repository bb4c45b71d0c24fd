import { scriptFile } from '../sight.ts';
import { instancesOf } from '../election/member.ts';
import type { Setup } from '../setup.ts';
import type { Word } from '../word.ts';

/** A notify command that stops HAProxy where the VIP is not: HAProxy then runs on one node at a time. */
export function stopsHaproxy(setup: Setup): { readonly at: Word; readonly kind: string } | undefined {
  return instancesOf(setup.nodes)
    .flatMap(({ instance }) => instance.notifies)
    .flatMap(({ kind, command }) => {
      const text = scriptFile(command.text, setup.files)?.text ?? command.text;
      return /\b(stop|kill|pkill|killall)\b[^\n;&|]*\bhaproxy\b|\bhaproxy\b[^\n;&|]*\bstop\b/.test(text)
        ? [{ at: command, kind }]
        : [];
    })[0];
}
