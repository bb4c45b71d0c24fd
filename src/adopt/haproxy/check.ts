import { fixed, sum, times, type Bound, type Term } from '../../predict/terms.ts';
import type { Word } from '../word.ts';
import { setting, timeoutOf, type Section } from './sections.ts';
import { countOf, msOf, type ServerConfig } from './server.ts';

/** What HAProxy's check of a server can see. */
export type CheckKind =
  /** There is no `check` on the server line. */
  | 'none'
  /** A connection that the kernel accepts, whatever the program does. */
  | 'connect'
  /** A TLS handshake: the program must run, but need not be ready. */
  | 'handshake'
  /** An HTTP request, so also whether the API server is ready. */
  | 'http'
  /** The protocol of another program, which no API server speaks. */
  | 'foreign'
  /** A program, another server's state, bytes of its own: nothing is claimed about it. */
  | 'other';

export interface HealthCheck {
  readonly kind: CheckKind;
  /** The check's connection is TLS. */
  readonly tls: boolean;
  /** The option that decides it; undefined where a bare `check` does. */
  readonly at?: Word | undefined;
  readonly name: string;
  /** An `option httpchk` that a later check option switches off. */
  readonly overridden?: Word | undefined;
}

const checkOptions = new Set(
  `httpchk tcp-check ssl-hello-chk mysql-check pgsql-check redis-check smtpchk ldap-check spop-check external-check`.split(
    /\s+/,
  ),
);

/** How a server of a backend is checked. The last check option of the section counts, otherwise that of its defaults. */
export function checkOf(backend: Section, server: ServerConfig): HealthCheck {
  const options = checkOptionsOf(backend);
  const last = options.at(-1);
  const name = last?.text ?? 'check';
  const { parameters } = server;
  const elsewhere = parameters.has('port') && Number(parameters.get('port')?.text) !== server.port;
  // `ssl` counts for checks too, unless they go to a port or an address of their own. HAProxy manual, `check-ssl`.
  const tls =
    parameters.has('check-ssl') ||
    (parameters.has('ssl') && !elsewhere && !parameters.has('addr')) ||
    setting(backend, name === 'httpchk' ? 'http-check' : 'tcp-check', 'connect')?.some(({ text }) => text === 'ssl') ===
      true;
  const overridden = name === 'httpchk' ? undefined : options.find(({ text }) => text === 'httpchk');
  const of = (kind: CheckKind): HealthCheck => ({ kind, tls, at: last, name, overridden });
  if (!parameters.has('check')) return of('none');
  if (parameters.has('track') || name === 'external-check') return of('other');
  if (name === 'httpchk') return of('http');
  if (name === 'ssl-hello-chk') return { ...of('handshake'), tls: false };
  if (name !== 'check' && name !== 'tcp-check') return of('foreign');
  const asks =
    name === 'tcp-check' && (setting(backend, 'tcp-check', 'expect') ?? setting(backend, 'tcp-check', 'send'));
  return of(asks ? 'other' : tls ? 'handshake' : 'connect');
}

/** The check options that are in force for a section: its own, otherwise those of the defaults it has. */
function checkOptionsOf(section: Section): Word[] {
  let depth = 0;
  for (let at: Section | undefined = section; at && depth < 20; at = at.defaults, depth += 1) {
    const found = at.lines.flatMap(([first, second]) =>
      first?.text === 'option' && second && checkOptions.has(second.text) ? [second] : [],
    );
    if (found.length > 0) return found;
  }
  return [];
}

/** What an API server can have. */
export type ServerFault =
  /** Its machine answers nothing. */
  | 'dead'
  /** Its process stands still; the kernel still accepts connections. */
  | 'hung'
  /** It speaks TLS, but answers no request. */
  | 'stuck'
  /** It answers that it is not ready. */
  | 'unready';

/** Whether a check notices a fault at all. */
export function sees({ kind, tls }: HealthCheck, fault: ServerFault): boolean {
  if (kind === 'none') return false;
  if (fault === 'dead') return true;
  if (kind === 'handshake') return fault === 'hung';
  return kind === 'http' && (tls || fault !== 'stuck');
}

/**
 * Until HAProxy has marked a server down that has a fault which its check sees.
 *
 * A check may take `inter` in all. With both `timeout check` and `timeout connect` its connection, TLS included, may take
 * min(inter, timeout connect), and then its answer `timeout check`; with `timeout check` alone the connection may take
 * `inter`. The next check begins `inter` after the end of a good one, `fastinter` after that of a failed one, both up to
 * `spread-checks` per cent more. HAProxy: tcpcheck_eval_connect, process_chk_conn, srv_getinter.
 */
export function serverDownBound(
  backend: Section,
  server: ServerConfig,
  check: HealthCheck,
  fault: ServerFault,
  spreadPercent = 0,
): Bound {
  const interMs = msOf(server, 'inter') ?? 2000;
  const fastMs = msOf(server, 'fastinter') ?? interMs;
  const fall = countOf(server, 'fall') ?? 3;
  const checkMs = timeoutOf(backend, 'check')?.value;
  const connectLimit = timeoutOf(backend, 'connect')?.value ?? 0;
  const connectMs = checkMs !== undefined && connectLimit > 0 ? Math.min(interMs, connectLimit) : interMs;
  // A shorter `timeout check` counts only when the connection's own time is over: nobody wakes the check before (seen in 2.6).
  const answerMs = Math.max(checkMs ?? interMs, connectMs);
  const handshakeIsAnswer = check.name === 'ssl-hello-chk';
  const answers = check.kind === 'http' || handshakeIsAnswer;
  const inConnection = fault === 'dead' || (fault === 'hung' && check.tls);
  const tryMs = fault === 'unready' ? 0 : inConnection ? connectMs : answerMs;
  const label = inConnection ? (check.tls && fault === 'hung' ? 'handshake' : 'connect') : 'answer';
  const spread = 1 + spreadPercent / 100;
  const repeats: Term[] =
    fall > 1
      ? [
          { ...times('fastinter', fall - 1, fastMs * spread), lowerMs: (fall - 1) * fastMs * (2 - spread) },
          { ...times(label, fall - 1, tryMs), lowerMs: (fall - 1) * Math.min(tryMs, checkMs ?? tryMs) },
        ]
      : [];
  // A check that is past its connection when the fault comes waits for its answer instead.
  const inFlightMs = answers ? answerMs : tryMs;
  return inFlightMs > interMs * spread + tryMs
    ? sum([{ ...fixed('answer', inFlightMs), lowerMs: 0 }, ...repeats])
    : sum([{ ...fixed('inter', interMs * spread), lowerMs: 0 }, { ...fixed(label, tryMs), lowerMs: 0 }, ...repeats]);
}
