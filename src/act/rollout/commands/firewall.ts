import { firewalldPolicy, paths, ufwComment } from '../../../node/paths.ts';

/**
 * Shell: closes what `firewall: manage` opened, whatever of it is there: the policy of firewalld, and the rules of ufw that have
 * our comment. It needs no file of ours.
 */
export const closeFirewall = `if [ -f ${firewalldPolicy.file} ]; then
    rm -f ${firewalldPolicy.file}*
    ! systemctl is-active --quiet firewalld || firewall-cmd --quiet --reload || :
fi
if command -v ufw >/dev/null; then
    LC_ALL=C ufw show added 2>/dev/null | sed -n "s/^ufw \\(.*\\) comment '${ufwComment}'$/\\1/p" | while read -r rule; do
        # shellcheck disable=SC2086 # a word for each word of a rule
        ufw delete $rule >/dev/null 2>&1 </dev/null || :
    done
fi`;

/** Shell: the firewall is opened as the file in place says, or closed where there is none. */
export const loadFirewall = `if [ -f ${paths.firewall} ]; then sh ${paths.firewall} open; else
${closeFirewall}
fi`;
