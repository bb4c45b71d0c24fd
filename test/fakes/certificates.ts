/** Certificates made once by openssl; their keys are nowhere. The CA, and what it signed until 2125, are of P-256. */
export const caPem = `-----BEGIN CERTIFICATE-----
MIIBgDCCASegAwIBAgIUVsn876lVYDSpLgblpcMICyHy3/kwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjkwNTEyMzRaGA8yMTI2MTEw
NTA1MTIzNFowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABA/mx3UOip9ccagaUArgQHrwnV4YHqzjzxuUbiZc8NyvzISUw2Yj
RifS1hmAT2WW0BHwTFR1yW5dwGRXtzm50kijUzBRMB0GA1UdDgQWBBRZ9IQi2dVP
jSSJviNZtZxx5Y8zDjAfBgNVHSMEGDAWgBRZ9IQi2dVPjSSJviNZtZxx5Y8zDjAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIHLSQs+9ECSiSfNuSQ/1
/kSV5+lv3drjgAAlK+dDCPHIAiB2oMIhmerkM8InZKyqgXbJ5coq4yVnyHdnxbvJ
HQWRYg==
-----END CERTIFICATE-----
`;

/** CN=k8s-ha-health, signed by that CA, until 2125-06-23. */
export const longPem = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIBAjAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l
dGVzMCAXDTI2MTEyOTA1MTIzNVoYDzIxMjUwNjIzMDUxMjM1WjAYMRYwFAYDVQQD
DA1rOHMtaGEtaGVhbHRoMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEchSnklwt
/CWhST9fZw6XUzcc6W9oQa9HQIJElh2ly90WFzrsf6A5VooZh4XZK5o3vFGztswc
cE7N34GW0XYc56NXMFUwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0OBBYEFOdn
TiRI2tSxpMx58r11gfFyCos9MB8GA1UdIwQYMBaAFFn0hCLZ1U+NJIm+I1m1nHHl
jzMOMAoGCCqGSM49BAMCA0gAMEUCIQDr8iI4YOAcwMMt1oUQaGI2+y8XgIIzkft1
Axy1R8fNTAIgSiWdmR0Etq58y4npPbY9AIMnkh9bN67b0aXr384OSQc=
-----END CERTIFICATE-----
`;

/** The same, until 2027-11-29T05:12:35Z. */
export const shortPem = `-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIBAzAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l
dGVzMB4XDTI2MTEyOTA1MTIzNVoXDTI3MTEyOTA1MTIzNVowGDEWMBQGA1UEAwwN
azhzLWhhLWhlYWx0aDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABK6DlNnPZFfX
QBBK4M5QvKTIAJM+MLcIbSDixRMqX7ff4Dzvuth/xuuIVxFggjxOSoTJ3tIws6PY
NE1f1DXu+SOjVzBVMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQWBBQ3wBGc
6c1PqDXYJKUba/6d5d+D8jAfBgNVHSMEGDAWgBRZ9IQi2dVPjSSJviNZtZxx5Y8z
DjAKBggqhkjOPQQDAgNHADBEAiAI8XOZbRaHdU38B2CveyA9s/Lyvsj/to/GGEso
fQuNYAIgQaGm9RD9jS/f56Q3WZe+3bo0keTr9N5ZBou2UxpzIU8=
-----END CERTIFICATE-----
`;

export const shortExpiresMs = Date.parse('2027-11-29T05:12:35Z');

/** CN=other, signed by nobody. */
export const strangerPem = `-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUelG21UKP4dULtIFIw8ItKnwIkNYwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTI5MDUxMjM1WhgPMjEyNjExMDUwNTEy
MzVaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
roOU2c9kV9dAEErgzlC8pMgAkz4wtwhtIOLFEypft9/gPO+62H/G64hXEWCCPE5K
hMne0jCzo9g0TV/UNe75I6NTMFEwHQYDVR0OBBYEFDfAEZzpzU+oNdgkpRtr/p3l
34PyMB8GA1UdIwQYMBaAFDfAEZzpzU+oNdgkpRtr/p3l34PyMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhANJyTCS4WX8sE9axTrhbiCXLfMaRa+dq
B8FxXou2EgOWAiBzE6uyq7Z/Drq2tiGzzNZAb4VaxxSs/+jJou5cE8losA==
-----END CERTIFICATE-----
`;

export const longFingerprint = 'd27efa649a333703f02c47fd5180d2e6619b99fb313c25c26851180305c31e46';

/** What kubeadm leaves on a simulated node, whose CA is a word. */
export const pkiFiles: readonly (readonly [path: string, file: { mode: number; owner: string; content: string }])[] = [
  ['/etc/kubernetes/pki/ca.crt', { mode: 0o644, owner: 'root:root', content: 'CA' }],
  ['/etc/kubernetes/pki/ca.key', { mode: 0o600, owner: 'root:root', content: 'the key of the CA' }],
];
