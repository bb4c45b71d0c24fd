/** Shell function: `firewalld` or `ufw` where one of them is active, or nothing. */
export const firewallFunction = `firewall_program() {
    if systemctl is-active --quiet firewalld; then echo firewalld
    elif grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then echo ufw; fi
}
`;

/**
 * Shell function: what manages an interface. networkd and NetworkManager also list what they leave alone; ifupdown remembers
 * what it has brought up.
 */
export const networkManagerFunction = `network_manager() {
    if systemctl is-active --quiet systemd-networkd &&
        networkctl --no-legend --no-pager list "$1" 2>/dev/null | grep -q ' config[a-z]*$'; then echo systemd-networkd
    elif systemctl is-active --quiet NetworkManager &&
        LC_ALL=C nmcli -g GENERAL.STATE device show "$1" 2>/dev/null | grep -q '(connected)$'; then echo NetworkManager
    elif command -v ifquery >/dev/null && ifquery --state "$1" >/dev/null 2>&1; then echo ifupdown
    else echo none; fi
}
`;
