/** Nodes are cp1 … cp5, as in the examples. */
export function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `cp${i + 1}`);
}

/** Workers are w1 … w3. */
export function workerNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `w${i + 1}`);
}

const maximumNodes = 5;
export const maximumWorkers = 3;
const labNamePattern = /^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/;

/** A lab's name becomes part of namespace, cgroup, machine and folder names: short, lower case, no dots. */
export function isLabName(name: string): boolean {
  return labNamePattern.test(name);
}

/** Network namespace of a node, of the client, or of the bridge that joins them; also the machine's name. */
export function namespaceOf(lab: string, member: string): string {
  return `k8s-ha-${lab}-${member}`;
}

export const clientMember = 'client';
export const bridgeMember = 'bridge';

/**
 * Every namespace that a lab of this name can ever have had. Leftovers are looked for under these exact names, never by a
 * prefix, so that a lab called `a` cannot touch one called `a-b`.
 */
export function allNamespaces(lab: string): readonly string[] {
  return [bridgeMember, clientMember, ...nodeNames(maximumNodes), ...workerNames(maximumWorkers)].map((member) =>
    namespaceOf(lab, member),
  );
}
