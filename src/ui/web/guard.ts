import { timingSafeEqual } from 'node:crypto';

/** What of a request decides whether it is answered. */
export interface Asked {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site: what the browser says of where the request comes from. */
  readonly site: string | undefined;
  /** First segment of the path. */
  readonly token: string;
}

/** Loopback names under which the page may be asked for: any other is a page of somebody else that was rebound to us. */
export function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Why a request is refused, or undefined. Host defeats DNS rebinding; Origin and Sec-Fetch-Site defeat requests that other
 * pages make; the token defeats other users of this machine.
 */
export function refusal(
  asked: Asked,
  { port, token }: { port: number; token: string },
): { status: 403 | 404; why: string } | undefined {
  const hosts = ownHosts(port);
  if (!hosts.includes(asked.host ?? '')) return { status: 403, why: 'this address is not ours' };
  const own = hosts.map((host) => `http://${host}`);
  if (asked.origin !== undefined && !own.includes(asked.origin))
    return { status: 403, why: 'another page may not ask' };
  if (asked.site !== undefined && asked.site !== 'same-origin' && asked.site !== 'none')
    return { status: 403, why: 'another page may not ask' };
  // A request that changes something must say where it comes from; every browser does.
  if (asked.method !== 'GET' && asked.method !== 'HEAD' && asked.origin === undefined)
    return { status: 403, why: 'a request that changes something must say its origin' };
  if (!equal(asked.token, token))
    return { status: 404, why: 'open the address that k8s-ha ui printed: it has the token' };
  return undefined;
}

/** Nothing from elsewhere, nothing inline, in no frame. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
};

/** A report is a file of somebody's: it may draw itself, and reach nothing. */
export const reportHeaders: Readonly<Record<string, string>> = {
  ...pageHeaders,
  'content-security-policy':
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
