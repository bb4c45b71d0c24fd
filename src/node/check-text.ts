/** HAProxy's words for the outcome of a check (its management guide, `check_status`), in words that need no table. */
const outcomes: Readonly<Record<string, string>> = {
  UNK: 'not checked yet',
  INI: 'not checked yet',
  SOCKERR: 'HAProxy could not open a socket',
  L4OK: 'it accepts connections',
  L4TOUT: 'no answer to a connection',
  L4CON: 'connection refused',
  L6OK: 'it speaks TLS',
  L6TOUT: 'no answer in TLS',
  L6RSP: 'TLS failed',
  L7OK: 'ready',
  L7OKC: 'it answers otherwise than it should',
  L7TOUT: 'no answer in time',
  L7RSP: 'an answer that is no HTTP',
  L7STS: 'it answers otherwise than it should',
};

/** What the last check of an API server found, for people: `* L4TOUT` is "no answer to a connection". Unknown words stay. */
export function checkText(lastCheck: string): string {
  // A star marks a check that is running; what is told is the one before.
  const [code = '', http = ''] = lastCheck.replace(/^\* /, '').split(' ');
  const words = Object.hasOwn(outcomes, code) ? outcomes[code] : undefined;
  if (words === undefined) return lastCheck;
  return (code === 'L7STS' || code === 'L7OKC') && /^\d{3}$/.test(http) ? `it answers HTTP ${http}` : words;
}

/** HAProxy's word for a server (`UP 1/2`, `NOLB`, …), for people. */
export function serverText(status: string): string {
  if (status === 'UP' || status === 'no check') return 'ready';
  if (status.startsWith('UP')) return 'ready, failing';
  if (status === 'DOWN') return 'down';
  if (status.startsWith('DOWN')) return 'down, coming up';
  if (status.startsWith('NOLB')) return 'not ready';
  if (status.startsWith('DRAIN')) return 'drained';
  if (status.startsWith('MAINT')) return 'in maintenance';
  return status;
}
