import { intent } from '../../node/intent.ts';
import { quote, type Command } from '../../core/command.ts';
import { brief } from '../../core/printable.ts';
import type { PackageManagerName } from '../../cluster/distribution.ts';
import { managers } from '../../node/packages/index.ts';
import { forms } from '../../node/said.ts';
import { parseSections, sectionsCommand } from './sections.ts';

/** The packages whose programs serve clients. */
export const servicePackages = ['haproxy', 'keepalived'] as const;
export type ServicePackage = (typeof servicePackages)[number];

/** A package on a node, as its package manager sees it, and versions as that writes them: Debian's `2.6.12-1+deb12u1`. */
export interface PackageSeen {
  readonly name: ServicePackage;
  /** Undefined: not installed as a package. */
  readonly installed: string | undefined;
  /** What it would install, or the version that was asked for; undefined when it is not available. */
  readonly target: string | undefined;
  /** The target is newer than what is installed, by the manager's own order. */
  readonly newer: boolean;
  /** Every version that the node's sources have. */
  readonly available: readonly string[];
}

/**
 * Reads the package lists again and asks for these packages.
 * @param to the version that is wanted; what the package manager prefers when absent
 */
export function packagesCommand(
  manager: PackageManagerName,
  names: readonly ServicePackage[],
  to: string | undefined,
): Command {
  const { asks, refresh } = managers[manager];
  return {
    ...sectionsCommand(
      'ask for packages',
      `installed() { ${asks.installed}; }
available() { ${asks.available}; }
target() {
    ${to === undefined ? asks.preferred : `available "$1" | tr -d ' ' | grep -Fx -- ${quote(to)} | head -n 1`}
}
newer() { ${asks.newer}; }`,
      `emit update ${refresh}
${names
  .flatMap((name) => ['installed', 'target', 'available', 'newer'].map((ask) => `emit ${ask}:${name} ${ask} ${name}`))
  .join('\n')}
`,
      intent({ kind: 'ask-packages', names, to }),
    ),
    // A mirror far away takes its time.
    timeoutMs: 120_000,
  };
}

/** @returns the packages, or why they cannot be told */
export function parsePackages(
  output: string,
  names: readonly ServicePackage[],
): { readonly packages: readonly PackageSeen[]; readonly problem: string | undefined } {
  const sections = parseSections(output);
  const word = (name: string): string | undefined => {
    const section = sections.get(name);
    const text = section?.rc === 0 ? section.text.trim() : '';
    return text === '' || text === '(none)' ? undefined : text;
  };
  /** What is no version is none that can be asked for. */
  const version = (name: string): string | undefined => {
    const said = word(name);
    return said !== undefined && forms.packageVersion.test(said) ? said : undefined;
  };
  const update = sections.get('update');
  return {
    problem:
      update?.rc === 0
        ? undefined
        : brief(update?.text ?? 'the node did not answer') || 'its package lists cannot be read',
    packages: names.map((name) => ({
      name,
      installed: version(`installed:${name}`),
      target: version(`target:${name}`),
      newer: sections.get(`newer:${name}`)?.rc === 0 && version(`target:${name}`) !== undefined,
      available: (word(`available:${name}`) ?? '')
        .split('\n', 1000)
        .map((one) => one.trim())
        .filter((one) => forms.packageVersion.test(one)),
    })),
  };
}
