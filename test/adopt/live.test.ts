import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { parseSetup, readSetupCommand } from '../../src/adopt/live.ts';

function line(name: string, text: string): string {
  return `${name} ${Buffer.from(text).toString('base64')}`;
}

/** As `podman inspect` prints it, without what nothing is read from. */
function container(name: string, image: string, env: readonly string[], cmd: readonly string[] = []): object {
  return {
    Name: name,
    Config: { Image: image, Env: env, Cmd: cmd },
    HostConfig: { NetworkMode: 'host', RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } },
  };
}

const haproxyCfg = `global
    maxconn 4000
defaults
    mode tcp
frontend api
    bind *:"$HAPROXY_PORT"
    default_backend masters
backend masters
    server cp1 172.16.217.171:6443 check
    server cp2 172.16.217.172:6443 check
    server cp3 172.16.217.173:6443 check
`;

describe("a running node's set-up", () => {
  it('is read by a script that a POSIX shell reads', () => {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: readSetupCommand().stdin ?? '', encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });

  it('has its containers as the commands that start them, whatever is in their environment', () => {
    const files = parseSetup(
      [
        line(
          'containers:podman',
          JSON.stringify([
            container('/lb', 'haproxy:2.3-alpine', ['HAPROXY_PORT=7443', `ODD=it's "$HOME"\n`], ['haproxy', '-W']),
            container('k8s-ha-haproxy', 'localhost/k8s-ha:1', []),
          ]),
        ),
        line('containers:docker', ''),
      ].join('\n'),
      'cp1',
    );
    expect(files).toEqual([
      {
        file: 'cp1:containers.sh',
        node: 'cp1',
        text: `podman run -d --name=lb --network=host --restart=always -e HAPROXY_PORT=7443 -e 'ODD=it'\\''s "$HOME"\n' haproxy:2.3-alpine haproxy -W\n`,
      },
    ]);
  });

  it('is what its containers make of it: variables are those that they were started with', () => {
    const files = ['cp1', 'cp2', 'cp3'].flatMap((node) =>
      parseSetup(
        [
          line('/usr/local/etc/haproxy/haproxy.cfg', haproxyCfg),
          line(
            'containers:podman',
            JSON.stringify([
              container('lb', 'docker.io/library/haproxy:2.3-alpine', [`HAPROXY_PORT=${node === 'cp1' ? 7443 : 8443}`]),
            ]),
          ),
        ].join('\n'),
        node,
      ),
    );
    const { setup, findings } = adopt(files);
    expect(setup.nodes.map(({ name, haproxy }) => [name, haproxy?.api?.binds[0]?.port])).toEqual([
      ['cp1', 7443],
      ['cp2', 8443],
      ['cp3', 8443],
    ]);
    const rules = findings.map(({ rule }) => rule);
    expect(rules).toContain('import-old-image');
    expect(findings.filter(({ message }) => message.startsWith('the variable '))).toEqual([]);
  });
});
