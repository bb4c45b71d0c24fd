import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { errorText } from '../../core/error.ts';
import type { Credentials } from '../../index.ts';
import { readUpTo } from './read.ts';
import { UsageError } from './usage.ts';

const text = z.string().min(1).optional();

const schema = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ user: z.string(), cluster: z.string() }) })),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({ 'certificate-authority': text, 'certificate-authority-data': text }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        'client-certificate': text,
        'client-certificate-data': text,
        'client-key': text,
        'client-key-data': text,
        token: text,
      }),
    }),
  ),
});

/** What the current context of a kubeconfig has. */
export interface Kubeconfig {
  readonly credentials: Credentials;
  /** Whom it believes that they are the API. */
  readonly caPem: string;
}

/** More than any kubeconfig, key or certificate has. */
const mostBytes = 1024 * 1024;

function textIn(file: string): string {
  const bytes = readUpTo(file, mostBytes);
  if (bytes.length === mostBytes) throw new Error(`${file} has more than ${mostBytes / 1024} KiB`);
  return bytes.toString('utf8');
}

/**
 * The credentials of a kubeconfig's current context: a client certificate or a token. What needs another program (exec, OIDC)
 * is refused. They are never shown, and sent only where the same file says by which CA the API is known.
 * @throws UsageError when the file cannot be read or lacks one of them
 */
async function readKubeconfig(file: string): Promise<Kubeconfig> {
  const { parse } = await import('yaml');
  let found: z.infer<typeof schema>;
  try {
    found = schema.parse(parse(textIn(file)));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : errorText(error);
    throw new UsageError(`${file} is not a kubeconfig that can be used: ${why}`);
  }
  const context = found.contexts.find(({ name }) => name === found['current-context']);
  const user = found.users.find(({ name }) => name === context?.context.user)?.user;
  const cluster = found.clusters.find(({ name }) => name === context?.context.cluster)?.cluster;
  const pem = (data: string | undefined, path: string | undefined): string | undefined => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString();
    if (path === undefined) return undefined;
    try {
      return textIn(resolve(dirname(file), path));
    } catch (error) {
      throw new UsageError(`${file} names a file that cannot be read: ${errorText(error)}`);
    }
  };
  const caPem = pem(cluster?.['certificate-authority-data'], cluster?.['certificate-authority']);
  if (caPem === undefined)
    throw new UsageError(
      `${file} has no certificate-authority for its current context`,
      'Credentials are sent only to an API that it vouches for. Use one that kubeadm made, such as admin.conf.',
    );
  const clientCertPem = pem(user?.['client-certificate-data'], user?.['client-certificate']);
  const clientKeyPem = pem(user?.['client-key-data'], user?.['client-key']);
  if (clientCertPem !== undefined && clientKeyPem !== undefined)
    return { credentials: { clientCertPem, clientKeyPem }, caPem };
  if (user?.token !== undefined) return { credentials: { token: user.token }, caPem };
  throw new UsageError(
    `${file} has neither a client certificate nor a token for its current context`,
    'Use one that kubeadm made, such as admin.conf.',
  );
}

/** What `--kubeconfig` names; undefined where it is absent. */
export async function kubeconfigFrom(file: string | undefined): Promise<Kubeconfig | undefined> {
  return file === undefined ? undefined : readKubeconfig(file);
}
