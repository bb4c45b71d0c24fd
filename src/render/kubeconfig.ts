import { isMap, isScalar, isSeq, stringify, type Document } from 'yaml';
import * as z from 'zod';
import { source } from '../cluster/file/source.ts';
import { parseYaml } from '../cluster/file/syntax.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { err, ok, type Result } from '../core/result.ts';
import { endpointOf } from './kubeadm.ts';

/** What a client needs to be the administrator that kubeadm made; each a PEM text in base64. */
export interface AdminCredentials {
  readonly caData: string;
  readonly certificateData: string;
  readonly keyData: string;
}

/** A kubeconfig is some kilobytes, and somebody's with many clusters some hundred. */
const longestKubeconfig = 1024 * 1024;

/** kubeadm writes some 6 KiB. A node cannot make anybody read more than this. */
export const longestAdminConf = 64 * 1024;

const name = z.string().min(1).max(253);

/** A PEM text in base64, as kubeadm writes it; what is in the text is the client's business. */
const pem = z
  .string()
  .max(64 * 1024)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'is not base64')
  .refine((data) => Buffer.from(data, 'base64').toString('latin1').startsWith('-----BEGIN '), 'is no PEM');

const adminSchema = z.object({
  kind: z.literal('Config'),
  'current-context': name,
  contexts: z.array(z.object({ name, context: z.object({ cluster: name, user: name }) })).max(100),
  clusters: z.array(z.object({ name, cluster: z.object({ 'certificate-authority-data': pem }) })).max(100),
  users: z
    .array(z.object({ name, user: z.object({ 'client-certificate-data': pem, 'client-key-data': pem }) }))
    .max(100),
});

/** Reads a node's admin.conf; the error says what is wrong with it and repeats nothing of it. */
export function readAdminConf(text: string): Result<AdminCredentials, string> {
  if (text.length > longestAdminConf) return err(`it has more than ${longestAdminConf} bytes`);
  const document = textDocument(text);
  if (!document.ok) return document;
  const value = plain(document.value);
  if (!value.ok) return value;
  const read = adminSchema.safeParse(value.value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return err(`${issue?.path.join('.') ?? ''} is missing, or has not the form that kubeadm gives it`);
  }
  const found = read.data;
  const context = found.contexts.find((one) => one.name === found['current-context'])?.context;
  const cluster = found.clusters.find((one) => one.name === context?.cluster)?.cluster;
  const user = found.users.find((one) => one.name === context?.user)?.user;
  if (!cluster || !user) return err('its current context names a cluster or a user that is not in it');
  return ok({
    caData: cluster['certificate-authority-data'],
    certificateData: user['client-certificate-data'],
    keyData: user['client-key-data'],
  });
}

/** The three entries of a kubeconfig that reach a cluster through its endpoint. */
interface Entries {
  readonly clusters: { readonly name: string; readonly cluster: object };
  readonly users: { readonly name: string; readonly user: object };
  readonly contexts: { readonly name: string; readonly context: object };
}

function entriesOf(spec: ClusterSpec, credentials: AdminCredentials, context: string): Entries {
  const user = `${context}-admin`;
  return {
    clusters: {
      name: context,
      cluster: { server: `https://${endpointOf(spec)}`, 'certificate-authority-data': credentials.caData },
    },
    users: {
      name: user,
      user: { 'client-certificate-data': credentials.certificateData, 'client-key-data': credentials.keyData },
    },
    contexts: { name: context, context: { cluster: context, user } },
  };
}

/** A kubeconfig of its own. @param context the name of its cluster and context */
export function kubeconfigText(spec: ClusterSpec, credentials: AdminCredentials, context: string): string {
  const { clusters, users, contexts } = entriesOf(spec, credentials, context);
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [clusters],
      users: [users],
      contexts: [contexts],
      'current-context': context,
    },
    { lineWidth: 0 },
  );
}

/**
 * Puts the entries into a kubeconfig, and leaves all else in it as it is, comments included. The current context stays where
 * there is one. Entries of the same name are replaced only where they are of the same server: another cluster is not lost.
 * @returns the text, or what is wrong with it; nothing of it is repeated
 */
export function mergedKubeconfig(
  text: string,
  spec: ClusterSpec,
  credentials: AdminCredentials,
  context: string,
): Result<string, string> {
  const read = textDocument(text);
  if (!read.ok) return read;
  const { value: document } = read;
  if (document.contents === null || (isMap(document.contents) && document.contents.items.length === 0))
    return ok(kubeconfigText(spec, credentials, context));
  if (!isMap(document.contents) || document.get('kind') !== 'Config')
    return err('it is no kubeconfig: `kind` is not Config');
  const entries = entriesOf(spec, credentials, context);
  const server = `https://${endpointOf(spec)}`;
  const present = namedIn(document, 'clusters', context);
  if (present !== undefined && document.getIn(['clusters', present, 'cluster', 'server']) !== server)
    return err(`it has another cluster "${context}", with another server`);
  for (const [key, entry] of Object.entries(entries)) {
    if (document.get(key) !== undefined && document.get(key) !== null && !isSeq(document.get(key)))
      return err(`its \`${key}\` is no list`);
    const index = namedIn(document, key, entry.name);
    if (index !== undefined) document.setIn([key, index], document.createNode(entry));
    else if (isSeq(document.get(key))) document.addIn([key], document.createNode(entry));
    else document.set(key, document.createNode([entry]));
  }
  const current = document.get('current-context');
  if (current === undefined || current === null || current === '') document.set('current-context', context);
  return ok(document.toString({ lineWidth: 0 }));
}

function namedIn(document: Document, key: string, wanted: string): number | undefined {
  const list = document.get(key);
  if (!isSeq(list)) return undefined;
  const index = list.items.findIndex((item) => {
    const found = isMap(item) ? item.get('name', true) : undefined;
    return isScalar(found) && found.value === wanted;
  });
  return index === -1 ? undefined : index;
}

/** The depth is known before the parser's recursion begins: brackets without end would otherwise end the process. */
function textDocument(text: string): Result<Document, string> {
  if (text.length > longestKubeconfig) return err(`it has more than ${longestKubeconfig} bytes`);
  try {
    const parsed = parseYaml(source(text, 'kubeconfig'));
    return parsed.ok ? ok(parsed.value) : err('it is no YAML that can be read');
  } catch {
    return err('it is no YAML that can be read');
  }
}

/** kubeadm writes no aliases, and a few of them can make a text of gigabytes. */
function plain(document: Document): Result<unknown, string> {
  try {
    return ok(document.toJS({ maxAliasCount: 0 }));
  } catch {
    return err('it has aliases, or is too deep');
  }
}
