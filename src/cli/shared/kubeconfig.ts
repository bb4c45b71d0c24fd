import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { errorText } from '../../core/error.ts';
import type { Credentials } from '../../index.ts';
import { UsageError } from './usage.ts';

const text = z.string().min(1).optional();

const schema = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ user: z.string() }) })),
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

/**
 * The credentials of a kubeconfig's current context: a client certificate or a token. What needs another program (exec, OIDC)
 * is refused. They are never shown.
 * @throws UsageError when the file cannot be read or has none
 */
export async function readKubeconfig(file: string): Promise<Credentials> {
  const { parse } = await import('yaml');
  let found: z.infer<typeof schema>;
  try {
    found = schema.parse(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : errorText(error);
    throw new UsageError(`${file} is not a kubeconfig that can be used: ${why}`);
  }
  const context = found.contexts.find(({ name }) => name === found['current-context']);
  const user = found.users.find(({ name }) => name === context?.context.user)?.user;
  const pem = (data: string | undefined, path: string | undefined): string | undefined => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString();
    return path === undefined ? undefined : readFileSync(resolve(dirname(file), path), 'utf8');
  };
  const clientCertPem = pem(user?.['client-certificate-data'], user?.['client-certificate']);
  const clientKeyPem = pem(user?.['client-key-data'], user?.['client-key']);
  if (clientCertPem !== undefined && clientKeyPem !== undefined) return { clientCertPem, clientKeyPem };
  if (user?.token !== undefined) return { token: user.token };
  throw new UsageError(
    `${file} has neither a client certificate nor a token for its current context`,
    'Use one that kubeadm made, such as admin.conf.',
  );
}
