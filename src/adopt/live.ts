import * as z from 'zod';
import { quote, script, type Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import { filled } from '../core/shell-text.ts';
import type { Host } from '../host/host.ts';
import { runningShell } from './running.ts';
import type { GivenFile } from './given.ts';
import * as programs from './shell/programs.ts';

/**
 * Reads what a node runs, in one round trip: the files that the running keepalived and HAProxy were started with, in containers
 * too, and for a program that does not run those at their usual places; what is beside and included, check scripts, static-pod
 * manifests, and the containers of docker or podman. Each line of the output is `path base64(content)`. Nothing is changed.
 */
export function readSetupCommand(): Command {
  return script(
    'read the present configuration',
    filled(programs.readSetup, {
      RUNNING: runningShell,
    }),
    { timeoutMs: 30_000 },
  );
}

const inspected = z.array(
  z.object({
    Name: z.string(),
    Config: z.object({ Image: z.string(), Env: z.array(z.string()).nullish(), Cmd: z.array(z.string()).nullish() }),
    HostConfig: z.object({
      NetworkMode: z.string().default(''),
      RestartPolicy: z.object({ Name: z.string().default('') }).default({ Name: '' }),
    }),
  }),
);

/** Containers as the commands that start them, one a line, in the words that a reader of commands knows. */
function commandsOf(engine: string, text: string): string {
  const read = inspected.safeParse(jsonOr(text));
  return (read.success ? read.data : [])
    .filter(({ Name }) => !/^\/?k8s-ha-/.test(Name))
    .map(({ Name, Config, HostConfig }) =>
      [
        `${engine} run -d --name=${quote(Name.replace(/^\//, ''))} --network=${quote(HostConfig.NetworkMode)}`,
        `--restart=${quote(HostConfig.RestartPolicy.Name || 'no')}`,
        ...(Config.Env ?? []).map((variable) => `-e ${quote(variable)}`),
        quote(Config.Image),
        ...(Config.Cmd ?? []).map(quote),
      ].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}

/** The files of one node, from what `readSetupCommand` printed. */
export function parseSetup(output: string, node: string): GivenFile[] {
  const files = new Map<string, string>();
  for (const line of output.split('\n')) {
    const match = /^([!-~]{1,4096}) ([A-Za-z0-9+/=]*)$/.exec(line);
    if (!match) continue;
    const [, name = '', base64 = ''] = match;
    const content = Buffer.from(base64, 'base64').toString('utf8');
    const engine = /^containers:(docker|podman)$/.exec(name)?.[1];
    const path = engine === undefined ? name : 'containers.sh';
    const text = engine === undefined ? content : commandsOf(engine, content);
    files.set(path, `${files.get(path) ?? ''}${text}`);
  }
  return [...files].filter(([, text]) => text !== '').map(([path, text]) => ({ file: `${node}:${path}`, text, node }));
}

/** Reads the nodes' present set-ups; a node that cannot be read is a finding. */
export async function readSetups(
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<{ files: readonly GivenFile[]; findings: readonly Finding[] }> {
  const results = await Promise.all(
    hosts.map(async (host) => ({ host, result: await host.run(readSetupCommand(), signal ? { signal } : {}) })),
  );
  return {
    files: results.flatMap(({ host, result }) => (result.rc === 0 ? parseSetup(result.stdout, host.name) : [])),
    findings: results.flatMap(({ host, result }): Finding[] =>
      result.rc === 0
        ? []
        : [
            {
              rule: 'import-node-not-read',
              severity: 'error',
              node: host.name,
              message:
                result.failure?.message ??
                `reading ${host.name} ended with ${result.rc ?? 'nothing'}: ${result.stderr.trim()}`,
              ...(result.failure?.suggestion !== undefined && { suggestion: result.failure.suggestion }),
            },
          ],
    ),
  };
}
