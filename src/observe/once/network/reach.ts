import { firewalls, reachAnswers, type ReachSeen } from '../../../cluster/state.ts';
import { hostPort, parseAddress } from '../../../core/ip.ts';

/** More lines than any cluster has nodes times ports. */
const mostLines = 1000;

const isAnswer = (text: string): text is (typeof reachAnswers)[number] => reachAnswers.some((one) => one === text);

/** Lines of `ADDRESS:PORT ANSWER`, and the name of the node's firewall. What is neither is left out. */
export function reachOf(lines: string, firewall: string): ReachSeen {
  const found = lines.split('\n', mostLines).flatMap((line) => {
    const [, host = '', port = '', answer = ''] =
      /^\[?([0-9A-Fa-f.:]+)\]?:(\d{1,5}) (\w{1,10})$/.exec(line.trim()) ?? [];
    const address = parseAddress(host)?.text;
    return address === undefined || !isAnswer(answer) ? [] : [[hostPort(address, Number(port)), answer] as const];
  });
  return {
    firewall: firewalls.find((name) => name === firewall.trim()) ?? 'other',
    answers: Object.fromEntries(found),
  };
}
