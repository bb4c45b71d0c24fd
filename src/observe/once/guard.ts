import { known, unknown, type Observed } from '../../core/observed.ts';
import { brief } from '../../core/printable.ts';
import type { NodeSeen } from '../../cluster/state.ts';
import { guardTable } from '../../node/paths.ts';
import { wholeNumber } from '../../node/said.ts';
import { handOnProbe } from '../../render/keep.ts';
import type { Section, Sections } from './sections.ts';

/** A table that is only checked: it has each expression that the guard's rules have. */
const probe = `table ${guardTable}_probe {
    chain input { type filter hook input priority raw; policy accept; meta l4proto 112 jump adverts; }
    chain adverts {
        meta nfproto ipv4 @th,8,8 51 goto each
        meta nfproto ipv6 @th,8,8 52 goto each
    }
    chain each {
        iifname != "eth0" meta sdifname != "eth0" return
        ip ttl 255 ip saddr 192.0.2.1 ether saddr 02:00:00:00:00:01 accept
        ip6 hoplimit 255 ip6 saddr 2001:db8::1 accept
        counter drop comment "probe"
    }
}`;

/** Shell functions of the observation. Where the rules are loaded, nft was able to; only otherwise it is asked. */
export const guardHelpers = `guard() {
    command -v nft >/dev/null || return 127
    k8s_table=$(nft list table ${guardTable} 2>/dev/null)
    case $k8s_table in *'comment "k8s-ha '*) echo "$k8s_table"; return ;; esac
    nft -c -f - <<'K8S_HA_END'
${probe}
K8S_HA_END
}
links() {
    for k8s_link in /sys/class/net/*/address /sys/class/net/*/addr_assign_type /sys/class/net/*/bonding/mode /sys/class/net/*/bonding/fail_over_mac; do
        { read -r k8s_value <"$k8s_link"; } 2>/dev/null && echo "$k8s_link:$k8s_value"
    done
    return 0
}
`;

export const guardSections = `emit guard guard
emit links links
`;

/** Asks whether nft and the kernel could hand on packets of connections that a node does not know (render/keep.ts). */
export const keepSection = `emit keep keep_able
`;

export const keepHelper = `keep_able() {
    command -v nft >/dev/null || return 127
    nft -c -f - <<'K8S_HA_END'
${handOnProbe}
K8S_HA_END
}
`;

/** What the node said of it; nothing where nobody asked. */
export function parseKeepable(section: Section | undefined): Observed<boolean> | undefined {
  if (section === undefined) return undefined;
  if (section.rc === 0) return known(true);
  return section.rc === 127
    ? known(false)
    : unknown(brief(section.text.trim().split('\n', 1)[0] ?? '') || `nft ended with ${section.rc}`);
}

/** What the node said of its guard. */
export function parseGuard(section: Section | undefined): NodeSeen['guard'] {
  const none = { loaded: undefined, dropped: 0 };
  if (section === undefined) return { able: unknown('the node did not answer for "guard"'), ...none };
  if (section.rc === 127) return { able: known(false), ...none };
  if (section.rc !== 0)
    return {
      able: unknown(brief(section.text.trim().split('\n', 1)[0] ?? '') || `nft ended with ${section.rc}`),
      ...none,
    };
  const rules = [...section.text.matchAll(/packets (\d+) bytes \d+ drop comment "k8s-ha (\w{1,64})"/g)];
  return {
    able: known(true),
    loaded: rules[0]?.[2],
    dropped: rules.reduce((sum, [, packets = '']) => sum + (wholeNumber(packets) ?? 0), 0),
  };
}

/** Linux's NET_ADDR_RANDOM: the kernel made the address up, and makes another one up when the interface is made again. */
const madeUp = '1';

/**
 * Hardware addresses that stay: not those that the kernel made up, nor, where a bond sends from several (balance-tlb,
 * balance-alb) or takes its active port's (fail_over_mac), those that are not the interface's own. Linux's ABI
 * sysfs-class-net, bonding.rst.
 */
export function parseLinks(sections: Sections): NodeSeen['macs'] {
  const values = new Map(
    (sections.get('links')?.text ?? '').split('\n').flatMap((line): [string, string][] => {
      const found = /^\/sys\/class\/net\/([\w.@-]+)\/([\w/]+):(.*)$/.exec(line);
      return found ? [[`${found[1]} ${found[2]}`, found[3] ?? '']] : [];
    }),
  );
  const changes = [...values].some(
    ([key, value]) =>
      (key.endsWith(' bonding/mode') && /^balance-[ta]lb/.test(value)) ||
      (key.endsWith(' bonding/fail_over_mac') && !value.startsWith('none')),
  );
  return Object.fromEntries(
    [...values].flatMap(([key, mac]) => {
      const [name = '', what] = key.split(' ');
      const given = values.get(`${name} addr_assign_type`);
      const stays = given !== undefined && given !== madeUp && (given === '0' || !changes);
      return what === 'address' && stays && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && !/^(00:){5}00$/.test(mac)
        ? [[name, mac]]
        : [];
    }),
  );
}
