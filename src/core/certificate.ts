import { X509Certificate } from 'node:crypto';
import { readOnce } from './read-once.ts';

/** A certificate in PEM; undefined where the text is none. Every look at a node reads the same few, and each takes a millisecond. */
export function certificateOf(pem: string): X509Certificate | undefined {
  return certificateIn(pem);
}

const certificateIn = readOnce((pem): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
});
