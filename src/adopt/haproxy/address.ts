/** `10.0.0.1:6443`, `:::7443`, `[fd00::1]:6443`, `*:7443`: the last colon parts the port. */
export function addressAndPort(text: string): { address: string; port: number } | undefined {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const address = (match[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  return { address: address === '' ? '*' : address, port: Number(match[2]) };
}
