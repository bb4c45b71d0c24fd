import { sortedInstances } from '../election/election.ts';
import { placeOf } from '../word.ts';
import type { Defect } from './defect.ts';

/** Branches of HAProxy that get no fixes any more (haproxy.org, "end of life"). */
const endedBranches = ['1', '2.0', '2.1', '2.2', '2.3', '2.4', '2.5', '2.7', '2.9', '3.1'];

function imageProblem(image: string): string | undefined {
  if (/osixia\/keepalived/.test(image)) return 'has had no release since 2020';
  const version = /haproxy:(\d+(?:\.\d+)?)/.exec(image)?.[1];
  if (version === undefined)
    return /:latest$|^[^:]+$/.test(image) ? 'is whatever is newest on the day it is pulled' : undefined;
  return endedBranches.includes(version) || version.startsWith('1.')
    ? `is HAProxy ${version}, which gets no fixes any more`
    : undefined;
}

/** What running it costs. */
export const operationDefects: readonly Defect[] = [
  {
    id: 'import-no-keepalived',
    severity: 'error',
    title: 'A node without keepalived',
    why: 'It can never hold the VIP: with one such node of three, the loss of another leaves a single candidate.',
    check: ({ nodes }) =>
      nodes.flatMap(({ name, keepalived, haproxy, group }) =>
        !keepalived && haproxy && nodes.some((other) => other.keepalived)
          ? [
              {
                message: `${name} runs no keepalived`,
                reason: 'It never takes part in the election.',
                suggestion: 'Run keepalived on every control-plane node; k8s-ha does.',
                position: group
                  ? placeOf(group.at)
                  : placeOf(
                      haproxy.global?.header[0] ??
                        haproxy.tree.sections[0]?.header[0] ?? {
                          text: '',
                          source: { file: haproxy.file, text: haproxy.text, lineStarts: [0] },
                          start: 0,
                          end: 1,
                        },
                    ),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-old-image',
    severity: 'warning',
    title: 'An image that nobody maintains',
    why: 'Known holes stay open in the program that terminates every connection to the API.',
    check: ({ nodes }) => {
      const images = nodes.flatMap(({ containers }) => containers.map(({ image }) => image));
      const first = images.filter((image, i) => images.findIndex(({ text }) => text === image.text) === i);
      return first.flatMap((image) => {
        const problem = imageProblem(image.text);
        return problem === undefined
          ? []
          : [
              {
                message: `the image ${image.text} ${problem}`,
                reason: 'Nobody repairs what is found in it.',
                suggestion: "Use the distribution's packages, which are maintained; k8s-ha does.",
                position: placeOf(image),
              },
            ];
      });
    },
  },
  {
    id: 'import-password-in-arguments',
    severity: 'warning',
    title: 'A password in a command line',
    why: 'Everybody on the machine can read the arguments of every process, and the shell keeps them in its history.',
    check: ({ nodes }) =>
      nodes.flatMap(({ containers }) =>
        containers.flatMap(({ environment, by }) =>
          [...environment].flatMap(([name, word]) =>
            by === 'command' && /pass(word)?|secret|token/i.test(name)
              ? [
                  {
                    message: `${name} stands in the arguments of a command`,
                    reason: '`ps` and `docker inspect` show it to everybody.',
                    suggestion: 'Leave it out: it protects nothing (see import-password-in-clear).',
                    position: placeOf(word),
                  },
                ]
              : [],
          ),
        ),
      ),
  },
  {
    id: 'import-password-in-clear',
    severity: 'info',
    title: 'A VRRP password protects nothing',
    why: 'VRRP version 2 sends it in clear with every advert, and only its first eight characters count. Version 3 has none.',
    check: (setup) =>
      sortedInstances(setup).api.flatMap(({ instance: { password } }) =>
        password
          ? [
              {
                message: 'the VRRP password goes over the wire in clear, eight characters of it',
                reason: 'Whoever can send adverts can read it first.',
                suggestion:
                  'Use unicast with a hop limit of 255 (min_ttl), which a stranger outside the segment cannot forge; k8s-ha does.',
                position: placeOf(password),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-vip-left-behind',
    severity: 'warning',
    title: 'A killed keepalived leaves its VIP behind',
    why: 'Nothing takes the address off when keepalived is killed or its container removed: two nodes then have it, and half of the clients reach the wrong one.',
    check: ({ nodes, cleanups }) => {
      const fix = 'Let the service manager take it off after every end of keepalived (ExecStopPost); k8s-ha does.';
      if (cleanups.length > 0)
        return cleanups.flatMap((words) =>
          words[0]
            ? [
                {
                  message: 'the VIP is taken off by hand',
                  reason: 'Until somebody does it, the node answers for an address that another one holds.',
                  suggestion: fix,
                  position: placeOf(words[0], words.at(-1)),
                },
              ]
            : [],
        );
      return nodes
        .filter(({ containers }) => containers.some(({ program }) => program === 'keepalived'))
        .flatMap(({ containers }) =>
          containers
            .filter(({ program }) => program === 'keepalived')
            .map(({ image }) => ({
              message: 'nothing takes the VIP off when this container is killed',
              reason: 'A container has nothing like ExecStopPost.',
              suggestion: fix,
              position: placeOf(image),
            })),
        );
    },
  },
  {
    id: 'import-certificate-names',
    severity: 'info',
    title: 'The VIPs must be in the certificate of the API',
    why: 'A client that connects to an address that the certificate does not name refuses it. Nothing in these files says that it does.',
    check: (setup) => {
      if (setup.files.some(({ text }) => /certSANs|tls-san/.test(text))) return [];
      return sortedInstances(setup).api.flatMap(({ instance }) => {
        const [vip] = instance.vips;
        return vip
          ? [
              {
                message: `nothing here puts ${instance.vips.map(({ value }) => value).join(' and ')} into the API's certificate`,
                reason: 'Clients refuse a certificate that does not name the address they asked for.',
                suggestion:
                  'Put every VIP into apiServer.certSANs; `k8s-ha kubeadm` prints the configuration, `k8s-ha check --live` looks.',
                position: placeOf(vip.at),
              },
            ]
          : [];
      });
    },
  },
];
