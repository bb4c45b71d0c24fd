import type { CertificateSeen } from '../../../cluster/kubernetes.ts';
import { certificateOf } from '../../../core/certificate.ts';
import { known, unknown, type Observed } from '../../../core/observed.ts';
import { brief } from '../../../core/printable.ts';
import { answerMark } from './script.ts';

const msPerDay = 86_400_000;

function certificate(path: string, pem: string, nowMs: number): readonly CertificateSeen[] {
  try {
    const read = certificateOf(pem);
    if (!read) return [];
    const expires = new Date(read.validTo);
    return [
      {
        path,
        subject: brief(read.subject.replaceAll('\n', ', ')),
        names: (read.subjectAltName ?? '')
          .split(', ')
          .filter((name) => name !== '')
          .slice(0, 1000)
          .map((name) => brief(name.replace(/^(?:DNS|IP Address):/, ''))),
        expires: expires.toISOString(),
        daysLeft: Math.floor((expires.getTime() - nowMs) / msPerDay),
      },
    ];
  } catch {
    return [];
  }
}

function pemOf(text: string): string | undefined {
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0];
}

/** The certificate that the API server showed to curl. */
export function served(text: string, nowMs: number): Observed<CertificateSeen> {
  const pem = pemOf(text);
  const [found] = pem === undefined ? [] : certificate('', pem, nowMs);
  return found ? known(found) : unknown('curl on the node shows no certificates; it needs curl 7.88 or newer');
}

/** The certificates in the files of the node. */
export function onDisk(text: string, nowMs: number): Observed<readonly CertificateSeen[]> {
  const files = `\n${text}`.split(`\n${answerMark}`).slice(1);
  if (files.length === 0) return unknown('there are none in the folder of the CA');
  return known(
    files.flatMap((file) => {
      const pem = pemOf(file);
      return pem === undefined ? [] : certificate(brief(file.split('\n', 1)[0] ?? ''), pem, nowMs);
    }),
  );
}
