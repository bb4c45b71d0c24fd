import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const imagesUnused = rule({
  id: 'images-unused',
  severity: 'warning',
  title: 'Container images that nothing runs',
  why: 'With `runtime: systemd` the nodes run the packages of their own distribution, and `images` has no effect. Whoever wrote them down expects containers.',
  bad: example({ more: 'images:\n  haproxy: registry.example.com/haproxy:3.0' }),
  good: example({ more: 'runtime: podman\nimages:\n  haproxy: registry.example.com/haproxy:3.0' }),
  check: ({ runtime, images }) =>
    runtime === 'systemd'
      ? (['haproxy', 'keepalived'] as const).flatMap((program) =>
          images[program] === undefined
            ? []
            : [
                {
                  message: `images.${program} has no effect: the runtime is systemd`,
                  reason: "The nodes run their distribution's packages.",
                  suggestion: 'Set `runtime: podman`, or leave `images` out.',
                  path: ['images', program],
                },
              ],
        )
      : [],
});
