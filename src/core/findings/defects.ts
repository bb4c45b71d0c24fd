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
  'import-no-keepalived': 'Install the package keepalived on that node, or let `k8s-ha migrate FILE` do it.',
  'import-old-image': "Use an image that is maintained, or the distribution's packages: `k8s-ha migrate FILE`.",
  'import-password-in-arguments': 'Remove the password from the command line: it protects nothing.',
  'import-password-in-clear':
    'Use unicast between the nodes with `check_unicast_src` and a hop limit of 255, and remove the password.',
  'import-vip-left-behind':
    'Run keepalived as a systemd unit that takes the address off in ExecStopPost. For now: `ip address del VIP/32 dev INTERFACE` on the node where keepalived was killed.',
  'import-certificate-names':
    'See what the certificate names: `openssl x509 -noout -ext subjectAltName -in /etc/kubernetes/pki/apiserver.crt`. If a VIP is missing, `k8s-ha kubeadm FILE --existing existing.yaml` prints the configuration with it.',
  'import-check-handshake':
    'Ask for readiness over TLS: `option httpchk GET /readyz` with `check-ssl verify required ca-file FILE`.',
  'import-check-constant':
    'End the script with the status of the check itself, then see that it can fail: `sh -x SCRIPT; echo $?` while HAProxy is stopped.',
  'import-check-ignores-status': 'Use `curl -f`, or compare the status with 200.',
  'import-check-stops-keepalived':
    'Let the check only fail, with weight 0: keepalived gives the VIP up by itself and takes part again when the check passes.',
  'import-notify-stops-haproxy':
    'Let HAProxy run on every node and bind the wildcard (`bind :PORT`), then remove the notify commands.',
  'import-router-ids-differ':
    'Give the instance one `virtual_router_id` on all nodes, then reload them one after the other, the holder last.',
  'import-adverts-differ': 'Set one `advert_int` on all nodes, or `vrrp_version 3`.',
  'import-authentication-differs':
    'Use one `auth_type` and one `auth_pass` on all nodes, or remove the authentication block everywhere.',
  'import-vip-lists-differ': 'List the same VIPs on all nodes and reload them at the same time.',
  'import-peers-incomplete': 'List the address of every other node in `unicast_peer`, on all nodes.',
  'import-versions-differ': 'Set `vrrp_version 3` on all nodes at the same time.',
  'import-other-nodes-unknown':
    'Give the files of all nodes: `k8s-ha import NODE1=FOLDER NODE2=FOLDER`, or read them: `k8s-ha import --from ssh://NODE1,NODE2`.',
  'import-address-owner': 'Give every node a priority below 255, 20 apart and from 254 down.',
  'import-vrrp-strict': 'Remove `vrrp_strict` from global_defs, then check with `keepalived -t`.',
  'import-doubtful-instance':
    "Remove the address from `endpoint.virtualIPs` of the cluster file unless it is the API's.",
  'import-vips-too-many': 'Keep the VIPs of the API in the cluster file, and the others in a keepalived of their own.',
  'import-vip-device': 'Set `interface` of the nodes in the cluster file to the one where clients come from.',
  'import-virtual-server': 'Remove the virtual_server from keepalived.conf once k8s-ha serves the endpoint.',
  'import-temporary-server':
    'If it is a control-plane node, name it: `k8s-ha import … --nodes NAME=ADDRESS,…`. If not, remove it from haproxy.cfg.',
  'import-interfaces-differ': 'Compare `ip -brief address` on each node with `interface` in the cluster file.',
  'import-file-not-read': 'Give `k8s-ha import` the configuration as its program reads it, in a file of its own.',
  'import-file-in-part': 'Nothing to do: k8s-ha brings units and checks of its own.',
  'import-file-aside': 'Nothing to do, unless it should have been read: then give `k8s-ha import` what names it too.',
  'import-check-plain-http':
    "Add `check-ssl verify required ca-file FILE` to the servers, then see `show servers state` on HAProxy's socket.",
  'import-check-of-another-program': 'Use `option httpchk` with `check-ssl` instead.',
  'import-check-overridden': 'Keep one of the check options, the last one is the one that counts: `option httpchk`.',
  'import-tls-through-http': 'Set `mode tcp` in the frontend and its backends, then check with `haproxy -c -f FILE`.',
  'import-tls-terminated': 'Pass TLS through: `mode tcp` and no `ssl` on the bind line.',
  'import-bind-loopback': 'Bind the wildcard: `bind :PORT`.',
  'import-duplicate-section':
    'Rename or remove one of them, then check with `haproxy -c -f FILE` or `keepalived -t -f FILE`.',
  'import-block-open': 'Set the missing brace, then check with `keepalived -t -f FILE`.',
  'import-backend-undefined':
    'Define the backend, or give `k8s-ha import` the file that does, then check with `haproxy -c -f FILE`.',
  'import-bind-nonlocal': 'Bind the wildcard (`bind :PORT`), or set net.ipv4.ip_nonlocal_bind to 1 on all nodes.',
  'import-track-undefined':
    'Define the script or file before the instance that tracks it, then check with `keepalived -t -f FILE`.',
  'import-weight-ignored': 'Use weight 0, so that a failed check is a fault and moves the VIP.',
  'import-vip-never-moves':
    'Use weight 0 for the check on every node, then try it: `k8s-ha drill FILE haproxy-killed` once k8s-ha runs it.',
  'import-weight-unknown-effect':
    'Give `k8s-ha import` the files of all nodes, or use weight 0, which needs no comparison.',
  'import-sync-member-unknown': 'Write the name of the instance in the sync group as the instance has it.',
  'import-sync-group': 'Nothing to do for the API: keep other instances in a keepalived of their own.',
  'import-other-instance':
    'Keep the instance in a keepalived of its own, or write it into `keepalived.extra`, before you run `k8s-ha migrate FILE`.',
} satisfies Remedies;
