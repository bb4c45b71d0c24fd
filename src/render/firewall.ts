import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import { firewallFunction } from '../node/network.ts';
import { firewalldPolicy, revisionMarker, ufwComment } from '../node/paths.ts';
import { iptablesMatches, openingsOf, richRule, ufwRule, type Opening } from './openings.ts';

/**
 * Shell script of one node that opens its firewalld or ufw for the cluster, and says whether it is open. Both programs keep
 * what they are told: rules live through a reload, a reboot and the end of every program of ours.
 *
 * firewalld: a policy of our own, which is one file. Its priority is behind the zones' own rules: what the operator refuses by a
 * rule stays refused. ufw: rules with our comment; what the operator allowed already is not touched.
 *
 * `open` loads the rules, `seen` prints the program and the revision of the rules where all of them are loaded. An own table of
 * nft could not open what another one closes: with other firewalls nothing is done.
 * @returns undefined where the cluster file leaves firewalls to the operator
 */
export function renderFirewall(spec: ClusterSpec, node: NodeSpec): string | undefined {
  if (spec.firewall === 'off') return undefined;
  const openings = openingsOf(spec, node);
  return `#!/bin/sh
# ${spec.name}/${node.name}: rendered by k8s-ha. Opens firewalld or ufw for the cluster (firewall: manage).
revision=${revisionMarker}
policy=${firewalldPolicy.file}
${firewallFunction}
policy_file() {
    cat <<'END'
${policyFile(openings)}END
}
rich_rules() {
    cat <<'END'
${openings.map((opening) => `${richRule(opening)}\n`).join('')}END
}
ufw_rules() {
    cat <<'END'
${openings.map((opening) => `${ufwRule(opening)}\n`).join('')}END
}
in_kernel() {
${openings
  .flatMap(iptablesMatches)
  .map(({ family, match }) => `    ${chains[family]} ${match} -j ACCEPT 2>/dev/null ||${inactive[family]} return`)
  .join('\n')}
}
# IPv6 is off in ufw where its own chain is not there.
no_ipv6() { ! ip6tables -n -L ufw6-user-input >/dev/null 2>&1; }

firewalld_loaded() { firewall-cmd --policy=${firewalldPolicy.name} --list-rich-rules 2>/dev/null; }
# By the kernel's rules where nft has them: firewall-cmd takes a quarter of a second.
firewalld_seen() {
    [ "$(cat $policy 2>/dev/null)" = "$(policy_file)" ] || return
    if nft list chain inet firewalld filter_INPUT >/dev/null 2>&1; then
        [ "$(nft list chain inet firewalld filter_IN_policy_${firewalldPolicy.name}_allow 2>/dev/null | grep -c ' accept$')" = ${openings.length} ]
    else
        [ "$(firewalld_loaded | sort)" = "$(rich_rules | sort)" ]
    fi
}
# A policy that is loaded is changed as it is: a reload keeps new connections and adverts out for a moment.
firewalld_open() {
    [ -d \${policy%/*} ] || { echo "this firewalld knows no policies: 0.9 or newer is needed, or firewall: off" >&2; return 1; }
    policy_file >$policy.new && chmod 644 $policy.new && mv -f $policy.new $policy || return
    ! firewalld_seen || return 0
    firewall-cmd --quiet --info-policy=${firewalldPolicy.name} >/dev/null 2>&1 || { firewall-cmd --quiet --reload; return; }
    rich_rules | while read -r rule; do firewall-cmd --quiet --policy=${firewalldPolicy.name} --add-rich-rule="$rule" || exit; done || return
    firewalld_loaded | while read -r rule; do
        rich_rules | grep -qxF "$rule" || firewall-cmd --quiet --policy=${firewalldPolicy.name} --remove-rich-rule="$rule" || exit
    done
}

ufw_added() { LC_ALL=C ufw show added 2>/dev/null | sed -n 's/^ufw //p'; }
has() { printf '%s\\n' "$added" | sed "s/ comment '.*//" | grep -qxF "$1"; }
all_added() {
    added=$(ufw_added)
    ufw_rules | while read -r rule; do has "$rule" || exit; done
}
in_files() {
${openings
  .flatMap(ufwLines)
  .map(({ file, line }) => `    grep -qsxF -e '${line}' ${file}`)
  .join(' &&\n')}
}
# ufw itself takes as long as all else of a look.
ufw_seen() { in_kernel && { in_files || all_added; }; }
# shellcheck disable=SC2086 # a word for each word of a rule
ufw_open() {
    added=$(ufw_added)
    printf '%s\\n' "$added" | sed -n "s/ comment '${ufwComment}'$//p" | while read -r rule; do
        ufw_rules | grep -qxF "$rule" || ufw delete $rule </dev/null >/dev/null 2>&1 || exit
    done
    ufw_rules | while read -r rule; do has "$rule" || ufw $rule comment ${ufwComment} </dev/null >/dev/null || exit; done || return
    in_kernel || ufw reload >/dev/null
}

program=$(firewall_program)
case $1 in
    open) [ -z "$program" ] || "\${program}_open" ;;
    seen)
        [ -n "$program" ] || program=other
        if [ "$program" = other ] || "\${program}_seen"; then echo "$program $revision"; else echo "$program -"; fi
        ;;
    *) exit 2 ;;
esac
`;
}

/** As ufw writes a rule into its own files, from which it loads it at boot. */
function ufwLines({ port, from }: Opening): readonly { readonly file: string; readonly line: string }[] {
  const what = port === undefined ? '-p vrrp' : `-p tcp --dport ${port}`;
  return (['ipv4', 'ipv6'] as const)
    .filter((family) => from === undefined || from.family === family)
    .map((family) => ({
      file: `/etc/ufw/user${family === 'ipv4' ? '' : '6'}.rules`,
      line: `-A ufw${family === 'ipv4' ? '' : '6'}-user-input ${what}${from ? ` -s ${from.address}` : ''} -j ACCEPT`,
    }));
}

const chains = { ipv4: 'iptables -w 2 -C ufw-user-input', ipv6: 'ip6tables -w 2 -C ufw6-user-input' } as const;
const inactive = { ipv4: '', ipv6: ' no_ipv6 ||' } as const;

/** As firewalld writes its own: firewalld.policy(5). Target CONTINUE: what no rule accepts goes on as before. */
function policyFile(openings: readonly Opening[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<policy priority="100" target="CONTINUE">
  <short>k8s-ha</short>
  <description>Rendered by k8s-ha (firewall: manage): what clients and the other control-plane nodes reach of this one.</description>
  <ingress-zone name="ANY"/>
  <egress-zone name="HOST"/>
${openings.map((opening) => `  ${ruleElement(opening)}\n`).join('')}</policy>
`;
}

function ruleElement({ port, from }: Opening): string {
  const source = from === undefined ? '' : `<source address="${from.address}"/>`;
  const what = port === undefined ? '<protocol value="vrrp"/>' : `<port port="${port}" protocol="tcp"/>`;
  return `<rule${from === undefined ? '' : ` family="${from.family}"`}>${source}${what}<accept/></rule>`;
}

/** The revision of such a script; undefined where it is none. */
export function firewallRevision(script: string): string | undefined {
  return script.includes(`\npolicy=${firewalldPolicy.file}\n`) ? /^revision=(\w{1,64})$/m.exec(script)?.[1] : undefined;
}

/** Which addresses such a script lets in. */
export function openedFor(script: string): readonly string[] {
  return [...script.matchAll(/^allow from (\S{1,45}) proto vrrp$/gm)].flatMap(([, address]) => address ?? []);
}
