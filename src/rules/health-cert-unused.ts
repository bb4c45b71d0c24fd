import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const healthCertUnused = rule({
  id: 'health-cert-unused',
  severity: 'warning',
  title: 'A client certificate that no health check uses',
  why: 'With `healthAuth: anonymous` HAProxy asks the API servers without credentials, and the certificate has no effect. Where they refuse anonymous requests, every API server would read as not ready.',
  bad: example({ more: 'apiServer:\n  healthCertFile: /etc/ssl/private/k8s-ha-health.pem' }),
  good: example({
    more: 'apiServer:\n  healthAuth: certificate\n  healthCertFile: /etc/ssl/private/k8s-ha-health.pem',
  }),
  check: ({ apiServer }) =>
    apiServer.healthAuth === 'anonymous' && apiServer.healthCertFile !== undefined
      ? [
          {
            message: 'healthCertFile has no effect: health checks are anonymous',
            suggestion: 'Set `apiServer.healthAuth: certificate`, or leave `healthCertFile` out.',
            path: ['apiServer', 'healthCertFile'],
          },
        ]
      : [],
});
