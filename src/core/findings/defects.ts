import type { Remedies } from './entry.ts';

/** Defects of set-ups that people use; adopt/defects/ has the other texts. `k8s-ha migrate` ends all of them. */
export const defectRemedies = {
  'import-duplicate-server':
    'Give every server line the name of its node, then check with `haproxy -c -f /etc/haproxy/haproxy.cfg`.',
  'import-swallowed-command':
    'End the line before it with a backslash, or make one command of it. Look with `docker ps` or `podman ps` whether the containers run.',
  'import-unset-variable': 'Write the value itself into haproxy.cfg.',
  'import-shared-name':
    'Rename one of the two, and the `default_backend` or `use_backend` that names it, before you upgrade HAProxy.',
  'import-condition-undecided': "See whether the lines count on your nodes: `haproxy -cc 'CONDITION'`.",
  'import-http-log-in-tcp': 'Replace `option httplog` by `option tcplog`.',
  'import-no-check': 'Track HAProxy in keepalived (track_script or track_file), or take k8s-ha: `k8s-ha migrate FILE`.',
  'import-haproxy-death-slow':
    'Set weight 0 and a short interval for the check, or let systemd tell keepalived by a track_file.',
  'import-check-blind-to-hang':
    'Let the check ask HAProxy itself with a time limit: `curl --max-time 1 -sf http://localhost:PORT/livez`.',
  'import-check-follows-api': 'Let keepalived check only the local HAProxy, and let HAProxy check the API servers.',
  'import-check-not-given': 'Give `k8s-ha import` the script too, under the same path.',
  'import-script-security':
    'Add `enable_script_security` and `script_user nobody` to global_defs, then check with `keepalived -t`.',
  'import-node-loss-slow':
    'Set `vrrp_version 3` and a shorter `advert_int`, at the same time on all nodes; `k8s-ha predict FILE` shows what is possible.',
  'import-same-priority': 'Give every node another priority, 20 apart and near 254.',
  'import-default-router-id':
    'Choose another `virtual_router_id` on all nodes. Look for others with `tcpdump -ni any proto 112`.',
  'import-peer-is-itself': "Remove the node's own address from its `unicast_peer`.",
  'import-no-source-address': 'Add `unicast_src_ip` with the address of the node, and `check_unicast_src`.',
  'import-preempts': 'Use `state BACKUP` and `nopreempt` on every node.',
  'import-no-garp-refresh': 'Add `vrrp_garp_master_refresh 60` and `vrrp_higher_prio_send_advert true` to global_defs.',
  'import-vips-in-one-instance': 'Give each VIP a vrrp_instance of its own, with another node of highest priority.',
  'import-weight-under-nopreempt':
    'Set weight 0 for the check: a failure then puts the instance into FAULT, and the VIP leaves.',
  'import-tcp-check':
    'Check over TLS: `option httpchk GET /readyz` and `check check-ssl verify none`, better with `ca-file`.',
  'import-api-check-slow': 'Set `inter 1s fastinter 200ms fall 2` and a short `timeout check` on the server lines.',
  'import-check-unverified':
    "Verify with the cluster's CA: `ca-file /etc/kubernetes/pki/ca.crt verify required verifyhost kubernetes`.",
  'import-no-redispatch': 'Add `option redispatch 1`, and a `timeout connect` of well below a second.',
  'import-idle-cut': 'Add `timeout tunnel 24h`, and TCP keepalives (`option clitcpka`, `option srvtcpka`).',
  'import-few-connections':
    'Raise `maxconn` in global and in the frontend to at least 10000, and the limit of open files with it.',
  'import-sessions-stay': 'Add `on-marked-down shutdown-sessions` to the server lines.',
  'import-no-stats': 'Add `stats socket /run/haproxy/admin.sock mode 600 level admin` to global.',
  'import-no-keepalived':
    'Install keepalived on that node: `apt-get install keepalived`, or let `k8s-ha migrate FILE` do it.',
  'import-old-image': "Use an image that is maintained, or the distribution's packages: `k8s-ha migrate FILE`.",
  'import-password-in-arguments': 'Remove the password from the command line: it protects nothing.',
  'import-password-in-clear':
    'Use unicast between the nodes with `check_unicast_src` and a hop limit of 255, and remove the password.',
  'import-vip-left-behind':
    'Run keepalived as a systemd unit that takes the address off in ExecStopPost. For now: `ip address del VIP/32 dev INTERFACE` on the node where keepalived was killed.',
  'import-certificate-names':
    'See what the certificate names: `openssl x509 -noout -ext subjectAltName -in /etc/kubernetes/pki/apiserver.crt`. If a VIP is missing, `k8s-ha kubeadm FILE --existing existing.yaml` prints the configuration with it.',
} satisfies Remedies;
