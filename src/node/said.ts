import { harmless } from '../core/printable.ts';
import { readOnce } from '../core/read-once.ts';
import { etcDir, optionalUnits, paths } from './paths.ts';

/**
 * The forms of what nodes say of themselves and what is then written into a file, put into a command or shown. They are those of
 * the cluster file, or of the program that makes the word; anything else is unknown, with the reason.
 */
export const forms = {
  /** As the cluster file has it (`cluster/file/parts.ts`), and no longer than the kernel's 15 bytes. */
  interfaceName: /^[A-Za-z0-9][\w.@-]{0,14}$/,
  mac: /^(?:[0-9a-f]{2}:){0,31}[0-9a-f]{2}$/i,
  /** A container image, as podman and docker name it by its content. */
  imageId: /^(?:sha256:)?[0-9a-f]{64}$/,
  /** A revision or a hash that we computed. */
  revision: /^\w{1,64}$/,
  /** A word of systemd: `active`, `not-found`. */
  unitState: /^[a-z][a-z-]{0,30}$/,
  unit: /^[A-Za-z0-9][A-Za-z0-9:_.@\\-]{0,200}\.service$/,
  container: /^[A-Za-z0-9][\w.-]{0,254}$/,
  /** When a rollout began: `20261124T231503Z`. */
  stamp: /^\d{8}T\d{6}Z$/,
  /** Debian policy 5.6.12; `[EPOCH:]VERSION-RELEASE` of RPM, which also knows `^` and `_`; `2.8.5-r0` of apk. */
  packageVersion: /^[0-9][A-Za-z0-9.+:~^_-]{0,127}$/,
  /** ID of os-release(5). */
  distribution: /^[a-z0-9._-]{1,64}$/,
  /** VERSION_ID of os-release(5), where it is numbers. */
  release: /^\d{1,6}(?:\.\d{1,6}){0,3}$/,
  hostName: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  /** A name or an address, with a port or without. */
  endpoint: /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/,
  /** The name of a program, as the kernel cuts it. */
  program: /^[\w.+:/@-]{1,32}$/,
  mode: /^[0-7]{1,4}$/,
  owner: /^[\w.$-]{1,64}:[\w.$-]{1,64}$/,
  /** A whole number of at most fifteen digits: an exact one. */
  whole: /^-?\d{1,15}$/,
} as const;

/** A whole number; undefined for anything else. */
export function wholeNumber(text: string): number | undefined {
  const word = text.trim();
  return forms.whole.test(word) ? Number(word) : undefined;
}

/** Our files are in these places, and nowhere else: what a node says of any other is not heeded. */
export function isOurFile(path: string): boolean {
  return isOurs(path);
}

const isOurs = readOnce((path): boolean => {
  const end = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, end), path.slice(end + 1)];
  if (name === '' || name === '.' || name === '..' || /[\n\t]/.test(name) || harmless(path) !== path) return false;
  return folder === etcDir || (folder === unitDir && ourUnits.some((unit) => path.startsWith(unit)));
});

const ourUnits = [paths.haproxyUnit, paths.keepalivedUnit, ...optionalUnits];
const unitDir = '/etc/systemd/system';
