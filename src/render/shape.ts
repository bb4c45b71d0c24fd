import { haproxyNames } from '../node/haproxy.ts';
import { readOnce } from '../core/read-once.ts';
import { parseAddress } from '../core/ip.ts';
import { paths } from '../node/paths.ts';

/** A node as the others know it. */
export interface Member {
  readonly name: string;
  readonly address: string;
}

export interface ShapedInstance {
  readonly name: string;
  readonly virtualRouterId: number;
  /** The VIP. */
  readonly address: string;
  readonly advertIntervalMs: number;
  readonly interface: string;
}

/** What the nodes of a cluster must agree on, read back from the files of one of them. */
export interface Shape {
  readonly cluster: string;
  /** The address that the node itself speaks from; undefined in a cluster of one node. */
  readonly self: string | undefined;
  readonly members: readonly Member[];
  readonly instances: readonly ShapedInstance[];
  /** The port that clients use. */
  readonly port: number | undefined;
  readonly preempt: boolean;
  /** How long a keepalived that starts only listens. */
  readonly startupDelayMs: number;
}

/** Reads rendered files back; undefined where they are not ours. */
export function shapeOf(files: readonly { readonly path: string; readonly content: string }[]): Shape | undefined {
  const textOf = (path: string): string => files.find((file) => file.path === path)?.content ?? '';
  const keepalived = textOf(paths.keepalivedConfig);
  const haproxy = textOf(paths.haproxyConfig);
  const shaped = haproxy === '' ? undefined : keepalivedIn(keepalived);
  return shaped && { ...shaped, ...haproxyIn(haproxy) };
}

const haproxyIn = readOnce((text): Pick<Shape, 'members' | 'port'> => {
  const port = new RegExp(`^frontend ${haproxyNames.frontend}\\n(?: .*\\n)*? +bind \\S*:(\\d+) `, 'm').exec(text)?.[1];
  return { members: membersOf(text), port: port === undefined ? undefined : Number(port) };
});

const keepalivedIn = readOnce((text): Omit<Shape, 'members' | 'port'> | undefined => {
  const cluster = /^# ([^/]+)\/\S+: rendered by k8s-ha/.exec(text)?.[1];
  if (cluster === undefined) return undefined;
  return {
    cluster,
    self: /^ +unicast_src_ip (\S+)/m.exec(text)?.[1],
    instances: instancesOf(text),
    startupDelayMs: Math.round(Number(/^ +vrrp_startup_delay (\S+)/m.exec(text)?.[1] ?? 0) * 1000),
    preempt: text.includes('\nvrrp_instance') && !/^ +nopreempt/m.test(text),
  };
});

function membersOf(haproxy: string): readonly Member[] {
  const backend = new RegExp(`^backend ${haproxyNames.ready}\\n((?: .*\\n)*)`, 'm').exec(haproxy)?.[1] ?? '';
  return [...backend.matchAll(/^ +server (\S+) (\S+):\d+$/gm)].flatMap(([, name, address = '']) => {
    const parsed = parseAddress(address.replace(/^\[(.*)\]$/, '$1'));
    return name !== undefined && parsed ? [{ name, address: parsed.text }] : [];
  });
}

function instancesOf(keepalived: string): readonly ShapedInstance[] {
  return [...keepalived.matchAll(/^vrrp_instance (\S+) \{\n((?: .*\n)*)\}/gm)].flatMap(([, name, body = '']) => {
    const valueOf = (pattern: RegExp): string => pattern.exec(body)?.[1] ?? '';
    const address = parseAddress(valueOf(/virtual_ipaddress \{\n +([^/\s]+)/));
    return name !== undefined && address
      ? [
          {
            name,
            address: address.text,
            virtualRouterId: Number(valueOf(/virtual_router_id (\d+)/)),
            interface: valueOf(/interface (\S+)/),
            advertIntervalMs: Math.round(Number(valueOf(/advert_int (\S+)/)) * 1000),
          },
        ]
      : [];
  });
}
