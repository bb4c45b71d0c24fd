import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

const keys = ['healthCertFile', 'clientCaFile', 'clientCaKeyFile'] as const;

export const healthCertPaths = rule({
  id: 'health-cert-paths',
  severity: 'error',
  title: "The path of a file for the health checks' certificate is not absolute",
  why: 'The files are on the nodes: the CA that signs the certificate, its key, or a certificate of your own. HAProxy does not start without the certificate that its file names.',
  bad: example({ more: 'apiServer:\n  healthAuth: certificate\n  healthCertFile: health.pem' }),
  good: example({
    more: 'apiServer:\n  healthAuth: certificate\n  healthCertFile: /etc/ssl/private/k8s-ha-health.pem',
  }),
  check: ({ apiServer }) =>
    keys.flatMap((key) => {
      const path = apiServer[key];
      // One that is absent comes from the CA's file, which has a rule of its own.
      const derived = key !== 'healthCertFile' && !apiServer.caFile.startsWith('/');
      return path === undefined || path.startsWith('/') || derived
        ? []
        : [
            {
              message: `${key} ${path} is not an absolute path`,
              reason: 'It would be looked for in a folder that depends on who looks.',
              suggestion: 'Write the full path on the nodes.',
              path: ['apiServer', key],
            },
          ];
    }),
});
