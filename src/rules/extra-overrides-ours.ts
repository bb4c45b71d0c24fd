import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

/** Sections that stand in our files once, and names that are ours. */
const ours = {
  haproxy: /^[ \t]*(global|defaults)\b|^[ \t]*(?:frontend|backend|listen)[ \t]+(k8s_\w+)/,
  keepalived:
    /^[ \t]*(global_defs)\b|^[ \t]*(?:vrrp_instance|vrrp_script|track_file|vrrp_track_file)[ \t]+(K8S_API_\w+|haproxy_live|haproxy_down|drain|yield_\w+)\b/,
} as const;

export const extraOverridesOurs = rule({
  id: 'extra-overrides-ours',
  severity: 'warning',
  title: 'Extra configuration touches what k8s-ha writes',
  why: 'What is in `extra` is appended as it is. A second `global` or `global_defs`, or a section with a name of ours, changes or doubles what the predictions are computed from; a doubled name stops newer HAProxy from starting.',
  bad: example({ more: 'haproxy:\n  extra: |\n    global\n        maxconn 100' }),
  good: example({ more: 'haproxy:\n  extra: |\n    listen metrics\n        bind :9101' }),
  check: (spec) =>
    (['haproxy', 'keepalived'] as const).flatMap((program) => {
      const touched = spec[program].extra.split('\n').flatMap((line) => {
        const match = ours[program].exec(line);
        return match ? [match[1] ?? match[2] ?? ''] : [];
      });
      return [...new Set(touched)].map((name) => ({
        message: `${program}.extra has a section "${name}" of its own beside the one that k8s-ha writes`,
        reason: 'The predictions know nothing of it, and a doubled name can stop the program from starting.',
        suggestion: 'Use names of your own, and the keys of the cluster file where there is one.',
        path: [program, 'extra'],
      }));
    }),
});
