import { err, ok, type Result } from '../core/result.ts';

/** What a control-plane node needs to join, and only `kubeadm` on a node of the cluster can make. */
export interface JoinCredentials {
  readonly token?: string;
  /** Hashes of the cluster's CA: no secrets. */
  readonly caCertHashes?: readonly string[];
  /** Decrypts the certificates that `kubeadm init phase upload-certs --upload-certs` keeps for two hours. */
  readonly certificateKey?: string;
}

/** What stands where a value is missing: kubeadm refuses it, and it says where the value comes from. */
export const joinPlaceholders = {
  token: '<TOKEN: kubeadm token create>',
  caCertHash: '<CA CERT HASH: kubeadm token create --print-join-command>',
  certificateKey: '<CERTIFICATE KEY: kubeadm init phase upload-certs --upload-certs>',
} as const;

/** The forms of kubeadm (bootstraptoken/v1, pubkeypin, copycerts). */
const forms = {
  token: {
    form: /^[a-z0-9]{6}\.[a-z0-9]{16}$/,
    like: 'as `kubeadm token create` prints it: six characters, a dot, sixteen',
  },
  caCertHash: { form: /^sha256:[0-9a-f]{64}$/i, like: 'sha256: and 64 hexadecimal digits' },
  certificateKey: {
    form: /^(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/i,
    like: 'the last line of `kubeadm init phase upload-certs --upload-certs`: 64 hexadecimal digits',
  },
} as const;

/** The value without the white space around it; the error says what it should look like, and never what it was. */
export function readJoinValue(name: keyof typeof forms, text: string): Result<string, string> {
  const value = text.trim();
  const { form, like } = forms[name];
  return form.test(value) ? ok(value) : err(`it is not ${like}`);
}

/** Reads what `kubeadm token create --print-join-command [--certificate-key KEY]` prints. */
export function readJoinCommand(text: string): Result<JoinCredentials, string> {
  const words = text.trim().split(/[\s\\]+/);
  const after = (flag: string): readonly string[] =>
    words.flatMap((word, i) => {
      if (word === flag) return words[i + 1] ?? [];
      return word.startsWith(`${flag}=`) ? word.slice(flag.length + 1) : [];
    });
  const [token] = after('--token');
  const [certificateKey] = after('--certificate-key');
  const hashes = after('--discovery-token-ca-cert-hash');
  if (token === undefined || hashes.length === 0)
    return err(
      'it has no --token and --discovery-token-ca-cert-hash, as `kubeadm token create --print-join-command` prints them',
    );
  const read = [
    readJoinValue('token', token),
    ...hashes.map((hash) => readJoinValue('caCertHash', hash)),
    ...(certificateKey === undefined ? [] : [readJoinValue('certificateKey', certificateKey)]),
  ];
  for (const one of read) if (!one.ok) return one;
  return ok({ token, caCertHashes: hashes, ...(certificateKey !== undefined && { certificateKey }) });
}

/** Which of the values are missing, as kubeadm's configuration names them. */
export function missingForJoin({ token, caCertHashes = [], certificateKey }: JoinCredentials): readonly string[] {
  return [
    ...(token === undefined ? ['token'] : []),
    ...(caCertHashes.length === 0 ? ['caCertHashes'] : []),
    ...(certificateKey === undefined ? ['certificateKey'] : []),
  ];
}
