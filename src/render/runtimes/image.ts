import { createHash } from 'node:crypto';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Program, RequiredImage } from './runtime.ts';

/**
 * Debian's HAProxy and keepalived, with what their scripts run, for those who choose no image: no maintained one has both, and
 * what the tutorial used has been unmaintained for years. A node builds it once, from Debian's own packages.
 */
const containerfile = `# Rendered by k8s-ha: HAProxy and keepalived of Debian, with what their scripts run.
ARG BASE=docker.io/library/debian:bookworm-slim
FROM \${BASE}
RUN apt-get update \\
    && apt-get install --yes --no-install-recommends haproxy keepalived curl socat iproute2 procps \\
    && rm -rf /var/lib/apt/lists/*
`;

/** The image that is built where the cluster file names none. Another recipe is another tag, so that every node runs the same. */
export const ownImage = {
  name: `localhost/k8s-ha:${createHash('sha256').update(containerfile).digest('hex').slice(0, 12)}`,
  containerfile,
} as const;

/** The image that a program runs from. */
export function imageOf({ images }: ClusterSpec, program: Program): string {
  return images[program] ?? ownImage.name;
}

/** The images that a node needs, each once. */
export function requiredImages(spec: ClusterSpec): readonly RequiredImage[] {
  return [...new Set(programs.map((program) => imageOf(spec, program)))].map((name) => ({
    name,
    programs: programs.filter((program) => imageOf(spec, program) === name),
    ...(name === ownImage.name && { containerfile: ownImage.containerfile }),
  }));
}

const programs = ['haproxy', 'keepalived'] as const;
