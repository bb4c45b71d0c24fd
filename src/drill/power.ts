import type { Finding } from '../core/finding.ts';
import { exec } from '../host/exec.ts';
import type { Power } from './options.ts';

/** Power by the operator's own commands; `{node}` stands for the node's name. They run in a shell, as the operator wrote them. */
export function powerBy(commands: { readonly off: string; readonly on: string }): Power {
  return {
    off: async (node) => runPowerCommand(commands.off, node, 'taking the power'),
    on: async (node) => runPowerCommand(commands.on, node, 'giving the power back'),
  };
}

async function runPowerCommand(template: string, node: string, what: string): Promise<Finding | undefined> {
  const command = template.replaceAll('{node}', node);
  const { rc, stderr } = await exec(['sh', '-c', command], { timeoutMs: 120_000 });
  if (rc === 0) return undefined;
  return {
    rule: 'power-failed',
    severity: 'error',
    node,
    message: `${what} failed: ${stderr.trim()}`,
    suggestion: `Try it by hand: ${command}`,
  };
}
