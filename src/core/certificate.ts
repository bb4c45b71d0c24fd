import { X509Certificate } from 'node:crypto';

/**
 * A certificate in PEM; undefined where the text is none. The last ones are remembered: every look at a node reads the same few,
 * and reading one takes a millisecond.
 */
export function certificateOf(pem: string): X509Certificate | undefined {
  if (known.has(pem)) return known.get(pem);
  if (known.size >= most) known.clear();
  const certificate = read(pem);
  known.set(pem, certificate);
  return certificate;
}

const most = 100;
const known = new Map<string, X509Certificate | undefined>();

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
