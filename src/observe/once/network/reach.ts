import { reachAnswers, type ReachSeen } from '../../../cluster/state.ts';
import { hostPort, parseAddress } from '../../../core/ip.ts';
import type { Sections } from '../sections.ts';
import { firewallOf } from './firewall.ts';

/** More lines than any cluster has nodes times ports. */
const mostLines = 1000;

const isAnswer = (text: string): text is (typeof reachAnswers)[number] => reachAnswers.some((one) => one === text);

/** Lines of `ADDRESS:PORT ANSWER`; what is neither is left out. @returns undefined where it was not asked, or could not be */
export function reachOf(sections: Sections): ReachSeen | undefined {
  const reach = sections.get('reach');
  if (reach?.rc !== 0) return undefined;
  const found = reach.text.split('\n', mostLines).flatMap((line) => {
    const [, host = '', port = '', answer = ''] =
      /^\[?([0-9A-Fa-f.:]+)\]?:(\d{1,5}) (\w{1,10})$/.exec(line.trim()) ?? [];
    const address = parseAddress(host)?.text;
    return address === undefined || !isAnswer(answer) ? [] : [[hostPort(address, Number(port)), answer] as const];
  });
  return { ...firewallOf(sections), answers: Object.fromEntries(found) };
}
