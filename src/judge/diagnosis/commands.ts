import type { ClusterSpec } from '../../cluster/spec.ts';
import { quote } from '../../core/command.ts';
import type { DiagnoseOptions } from './model.ts';

/** Writes the commands that an operator runs next. */
export interface NextCommands {
  /** A verb of ours: `k8s-ha undrain prod.yaml cp2`. */
  readonly tool: (verb: string, ...words: readonly string[]) => string;
  readonly explain: (rule: string) => string;
  /** A shell line on a node, as root; without one, the login itself. */
  readonly on: (node: string, line?: string) => string;
}

/** As the cluster file says how to log in, so that the command works when it is pasted. */
export function nextCommands(spec: ClusterSpec, { file, sshConfig }: DiagnoseOptions): NextCommands {
  const tool = (verb: string, ...words: readonly string[]): string =>
    ['k8s-ha', verb, quote(file ?? `${spec.name}.yaml`), ...words.map(quote)].join(' ');
  return {
    tool,
    explain: (rule) => `k8s-ha explain ${rule}`,
    on: (name, line) => {
      const node = [...spec.nodes, ...spec.workers].find((one) => one.name === name);
      const user = node?.ssh.user ?? spec.ssh.user;
      const port = node?.ssh.port ?? spec.ssh.port;
      const address = node?.address ?? name;
      const root = user === undefined || user === 'root';
      return [
        'ssh',
        ...(sshConfig === undefined ? [] : ['-F', quote(sshConfig)]),
        ...(port === undefined ? [] : ['-p', String(port)]),
        quote(user === undefined ? address : `${user}@${address}`),
        line === undefined ? 'true' : remote(root ? line : `sudo ${line}`),
      ].join(' ');
    },
  };
}

/** ssh joins its words with spaces: only what this shell would read otherwise is quoted. */
function remote(line: string): string {
  return /^[\w./:@%+,= -]+$/.test(line) ? line : quote(line);
}
